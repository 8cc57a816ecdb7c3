using System.Net.Mime;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cortex.Core.Naming;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Cortex.Operator.Webhooks;

/// <summary>Converts HTTP requests to an <see cref="AdmissionReview"/>, and its answer to a response.</summary>
/// <param name="timeout">The maximum time of a review, from its beginning to its end.</param>
internal sealed partial class ReviewEndpoint(
    ScaleReviewer scales, TimeSpan timeout, TimeProvider clock, ILogger<ReviewEndpoint> logger) : IDisposable
{
    /// <summary>
    /// kube-apiserver accepts requests of up to 3 MiB; a review contains one of them, the former object, and some data around them.
    /// </summary>
    public const long MaxReviewBytes = (3 * 1024 * 1024) + (256 * 1024);

    /// <summary>At the same time. Reading a review of the largest size takes ten times its size in memory.</summary>
    private const int MaxConcurrentReviews = 4;

    private const string Json = "application/json";

    // A duplicate member is refused, because it is unclear which of the two values counts.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    private readonly SemaphoreSlim free = new(MaxConcurrentReviews);

    public void Dispose() => free.Dispose();

    public async Task HandleAsync(HttpContext http)
    {
        try
        {
            var (code, type, body) = http.Request switch
            {
                { Path.Value: not OperatorNames.WebhookPath } =>
                    Refuse(StatusCodes.Status404NotFound, $"reviews are sent to {OperatorNames.WebhookPath}"),
                { Method: not "POST" } => Refuse(StatusCodes.Status405MethodNotAllowed, "reviews are sent with POST"),
                { ContentType: var sent } when sent?.Split(';')[0].Trim() != Json =>
                    Refuse(StatusCodes.Status415UnsupportedMediaType, $"reviews are {Json}"),
                { ContentLength: > MaxReviewBytes } =>
                    Refuse(StatusCodes.Status413PayloadTooLarge, $"a review has at most {MaxReviewBytes} bytes"),
                _ => await ReviewWithinTimeoutAsync(http),
            };
            (http.Response.StatusCode, http.Response.ContentType, http.Response.ContentLength) = (code, type, body.Length);
            await http.Response.Body.WriteAsync(body, http.RequestAborted);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client has disconnected; an answer would not be read.
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            Failed(e);
            http.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }

    /// <summary>
    /// Both the wait for a free place and the body have a time limit, because API servers do not wait longer for an answer.
    /// </summary>
    private async Task<(int Code, string Type, byte[] Body)> ReviewWithinTimeoutAsync(HttpContext http)
    {
        using var late = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, late.Token);
        var hasPlace = false;
        try
        {
            await free.WaitAsync(either.Token);
            hasPlace = true;
            return await ReviewAsync(http.Request, either.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !http.RequestAborted.IsCancellationRequested)
        {
            return hasPlace
                ? Refuse(StatusCodes.Status408RequestTimeout, $"the review did not arrive completely within {timeout.TotalSeconds:0} s")
                : Refuse(StatusCodes.Status503ServiceUnavailable, $"{MaxConcurrentReviews} other reviews are in progress; try again");
        }
        finally
        {
            if (hasPlace)
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
            // Text that is not Unicode, or a list in place of an object: no API server sends that. The error occurs wherever the value is
            // first read.
            Unreadable(unreadable.GetType().Name, unreadable.TargetSite?.DeclaringType?.Name ?? "");
            return Refuse(
                StatusCodes.Status400BadRequest, "the review has values of a type that no CortexCluster has, or text that is not Unicode");
        }
    }

    private static (int, string, byte[]) Refuse(int code, string why) =>
        (code, MediaTypeNames.Text.Plain, Encoding.UTF8.GetBytes($"{why}\n"));

    // Only the names of the fields: their values may be secrets in the wrong place.
    [LoggerMessage(410, LogLevel.Information, "webhook: refused {Operation} of {Namespace}/{Name} because of {Fields}")]
    private partial void Refused(string operation, string @namespace, string name, string fields);

    [LoggerMessage(412, LogLevel.Warning, "webhook: a review could not be read and got 400: {Exception} in {Where}")]
    private partial void Unreadable(string exception, string where);

    [LoggerMessage(411, LogLevel.Error, "webhook: a review could not be answered; the API server continues without an answer")]
    private partial void Failed(Exception e);
}
