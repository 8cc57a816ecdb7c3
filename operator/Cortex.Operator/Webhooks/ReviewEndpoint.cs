using System.Net.Mime;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cortex.Core.Naming;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Cortex.Operator.Webhooks;

/// <summary>From the wire to an <see cref="AdmissionReview"/> and back.</summary>
/// <param name="patience">From the beginning of a review to its end.</param>
internal sealed partial class ReviewEndpoint(ScaleJudge scales, TimeSpan patience, TimeProvider clock, ILogger<ReviewEndpoint> logger) : IDisposable
{
    /// <summary>The largest request that kube-apiserver takes is 3 MiB; a review has what is around that, and the version before.</summary>
    public const long LargestReview = (3 * 1024 * 1024) + (256 * 1024);

    /// <summary>At once. A review of the largest size takes its tenfold in memory while it is read.</summary>
    private const int MostReviews = 4;

    private const string Json = "application/json";

    // A member given twice is refused: which of the two would count is anybody's guess.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    private readonly SemaphoreSlim free = new(MostReviews);

    public void Dispose() => free.Dispose();

    public async Task HandleAsync(HttpContext http)
    {
        try
        {
            var (code, type, body) = http.Request switch
            {
                { Path.Value: not OperatorNames.WebhookPath } => Refuse(StatusCodes.Status404NotFound, $"reviews are sent to {OperatorNames.WebhookPath}"),
                { Method: not "POST" } => Refuse(StatusCodes.Status405MethodNotAllowed, "reviews are sent with POST"),
                { ContentType: var sent } when sent?.Split(';')[0].Trim() != Json => Refuse(StatusCodes.Status415UnsupportedMediaType, $"reviews are {Json}"),
                { ContentLength: > LargestReview } => Refuse(StatusCodes.Status413PayloadTooLarge, $"a review has at most {LargestReview} bytes"),
                _ => await InTurnAsync(http),
            };
            (http.Response.StatusCode, http.Response.ContentType, http.Response.ContentLength) = (code, type, body.Length);
            await http.Response.Body.WriteAsync(body, http.RequestAborted);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Whoever asked has gone; nobody reads an answer.
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            Failed(e);
            http.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }

    /// <summary>A turn and the whole body have to come in time: no API server waits longer for an answer.</summary>
    private async Task<(int Code, string Type, byte[] Body)> InTurnAsync(HttpContext http)
    {
        using var late = new CancellationTokenSource(patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, late.Token);
        var hasTurn = false;
        try
        {
            await free.WaitAsync(either.Token);
            hasTurn = true;
            return await ReviewAsync(http.Request, either.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !http.RequestAborted.IsCancellationRequested)
        {
            return hasTurn
                ? Refuse(StatusCodes.Status408RequestTimeout, $"the review did not come whole within {patience.TotalSeconds:0} s")
                : Refuse(StatusCodes.Status503ServiceUnavailable, $"{MostReviews} other reviews are under way; try again");
        }
        finally
        {
            if (hasTurn)
            {
                free.Release();
            }
        }
    }

    private async Task<(int Code, string Type, byte[] Body)> ReviewAsync(HttpRequest request, CancellationToken ct)
    {
        try
        {
            var review = AdmissionReview.Read(await JsonNode.ParseAsync(request.Body, documentOptions: Strict, cancellationToken: ct));
            var answer = await scales.JudgeAsync(review, ct);
            if (!answer.Allowed)
            {
                Refused(review.Operation, review.Namespace, review.Name, string.Join(", ", answer.Fields));
            }

            return (StatusCodes.Status200OK, Json, JsonSerializer.SerializeToUtf8Bytes(answer.Body));
        }
        catch (BadHttpRequestException refused)
        {
            return Refuse(refused.StatusCode, refused.Message);
        }
        catch (Exception malformed) when (malformed is JsonException or FormatException)
        {
            return Refuse(StatusCodes.Status400BadRequest, malformed.Message);
        }
        catch (Exception unreadable) when (unreadable is not (OperationCanceledException or IOException))
        {
            // Text that is no Unicode, a list where an object should be: what no API server sends is found wherever it is first touched.
            Unreadable(unreadable.GetType().Name, unreadable.TargetSite?.DeclaringType?.Name ?? "");
            return Refuse(StatusCodes.Status400BadRequest, "the review has values of a kind that no CortexCluster has, or text that is no Unicode");
        }
    }

    private static (int, string, byte[]) Refuse(int code, string why) => (code, MediaTypeNames.Text.Plain, Encoding.UTF8.GetBytes($"{why}\n"));

    // The fields alone: what somebody wrote into them may be a secret in the wrong place.
    [LoggerMessage(410, LogLevel.Information, "webhook: refused {Operation} of {Namespace}/{Name} because of {Fields}")]
    private partial void Refused(string operation, string @namespace, string name, string fields);

    [LoggerMessage(412, LogLevel.Warning, "webhook: a review could not be read and got 400: {Exception} in {Where}")]
    private partial void Unreadable(string exception, string where);

    [LoggerMessage(411, LogLevel.Error, "webhook: a review could not be answered; the API server goes on without")]
    private partial void Failed(Exception e);
}
