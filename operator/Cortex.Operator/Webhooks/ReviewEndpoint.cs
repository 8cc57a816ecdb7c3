using System.Net.Mime;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cortex.Core.Naming;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Cortex.Operator.Webhooks;

/// <summary>From the wire to an <see cref="AdmissionReview"/> and back.</summary>
internal sealed partial class ReviewEndpoint(ScaleJudge scales, ILogger<ReviewEndpoint> logger)
{
    /// <summary>Two versions of an object, each as large as etcd takes it, and what is around them.</summary>
    public const long LargestReview = 8 * 1024 * 1024;

    private const string Json = "application/json";

    // A member given twice is refused: which of the two would count is anybody's guess.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    public async Task HandleAsync(HttpContext http)
    {
        try
        {
            var (code, type, body) = http.Request switch
            {
                { Path.Value: not OperatorNames.WebhookPath } => Refuse(StatusCodes.Status404NotFound, $"reviews are sent to {OperatorNames.WebhookPath}"),
                { Method: not "POST" } => Refuse(StatusCodes.Status405MethodNotAllowed, "reviews are sent with POST"),
                { ContentType: var sent } when sent?.Split(';')[0].Trim() != Json => Refuse(StatusCodes.Status415UnsupportedMediaType, $"reviews are {Json}"),
                _ => await ReviewAsync(http.Request, http.RequestAborted),
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
        catch (Exception malformed) when (malformed is JsonException or FormatException)
        {
            return Refuse(StatusCodes.Status400BadRequest, malformed.Message);
        }
        catch (BadHttpRequestException refused)
        {
            return Refuse(refused.StatusCode, refused.Message);
        }
    }

    private static (int, string, byte[]) Refuse(int code, string why) => (code, MediaTypeNames.Text.Plain, Encoding.UTF8.GetBytes($"{why}\n"));

    // The fields alone: what somebody wrote into them may be a secret in the wrong place.
    [LoggerMessage(410, LogLevel.Information, "webhook: refused {Operation} of {Namespace}/{Name} because of {Fields}")]
    private partial void Refused(string operation, string @namespace, string name, string fields);

    [LoggerMessage(411, LogLevel.Error, "webhook: a review could not be answered; the API server goes on without")]
    private partial void Failed(Exception e);
}
