using System.Net.Mime;
using System.Text;
using Cortex.ApiServer.Access;
using Cortex.ApiServer.Errors;
using Cortex.ApiServer.Requests;
using Cortex.ApiServer.Resources;
using Cortex.ApiServer.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Cortex.ApiServer.Endpoints;

/// <summary>Passes a request to its endpoint: health, token, path, verb. Refusals become Status objects.</summary>
internal sealed partial class RequestPipeline(
    BearerToken token, ResourceCatalog catalog, Discovery discovery, OpenApi openApi, Objects objects, Scales scales, Watch watch,
    ILogger log, CancellationToken stopping)
{
    public async Task HandleAsync(HttpContext http)
    {
        var ct = http.RequestAborted;
        try
        {
            await DispatchAsync(http, ct);
        }
        catch (ApiException refusal)
        {
            await RequestBody.AnswerAsync(http, refusal.Code, refusal.ToStatus(), ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The client has disconnected and reads no answer.
        }
        catch (StoreException exception) when (!http.Response.HasStarted)
        {
            // The disk has failed, not this program. The exception names the place, and every further write would print the same stack
            // trace.
            NotStored(http.Request.Method, http.Request.Path, exception.Message, exception.Advice);
            await RequestBody.AnswerAsync(http, 500, Refusals.NotStored(exception.Message).ToStatus(), ct);
        }
        catch (Exception exception) when (!http.Response.HasStarted)
        {
            Failed(exception, http.Request.Method, http.Request.Path);
            var status = new ApiException(500, "InternalError", $"Internal error occurred: {exception.Message}").ToStatus();
            await RequestBody.AnswerAsync(http, 500, status, ct);
        }
    }

    private Task DispatchAsync(HttpContext http, CancellationToken ct)
    {
        var path = http.Request.Path.Value ?? "/";
        if (path is "/livez" or "/readyz" or "/healthz")
        {
            return RequestBody.AnswerAsync(http, 200, MediaTypeNames.Text.Plain, "ok"u8.ToArray(), ct);
        }

        if (!token.Admits(http.Request.Headers.Authorization))
        {
            throw Refusals.Unauthorized();
        }

        if (HttpMethods.IsGet(http.Request.Method) && discovery.Find(path, http.Request.Headers.Accept) is { } document)
        {
            return RequestBody.AnswerAsync(
                http, 200, document.ContentType, Encoding.UTF8.GetBytes(document.Body.ToJsonString(Json.Compact)), ct);
        }

        if (HttpMethods.IsGet(http.Request.Method)
            && path.StartsWith("/openapi/v", StringComparison.Ordinal)
            && path.Length >= "/openapi/v3".Length)
        {
            return openApi.ServeAsync(http, path, ct);
        }

        var target = ResourcePath.Parse(path, catalog) ?? throw Refusals.UnknownPath();
        return ServeAsync(new(http, target), ct);
    }

    private Task ServeAsync(ResourceRequest request, CancellationToken ct)
    {
        var (collection, review) = (request.Path.IsCollection, request.Resource.IsReview);
        if (request.Path.IsAcrossNamespaces && !HttpMethods.IsGet(request.Http.Request.Method))
        {
            throw request.Resource.IsCustom ? Refusals.UnknownPath() : Refusals.MethodNotAllowed();
        }

        request.CheckAnswer();
        return (request.Http.Request.Method, collection) switch
        {
            ("POST", true) => objects.CreateAsync(request, ct),
            _ when review => throw Refusals.MethodNotAllowed(),
            _ when request.Path.Subresource == "scale" => scales.ServeAsync(request, ct),
            ("GET", true) when request.IsWatch => watch.ServeAsync(request, stopping),
            ("GET", true) => objects.ListAsync(request, ct),
            ("DELETE", true) when request.Resource.DeletesCollections => objects.DeleteCollectionAsync(request, ct),
            ("GET", false) => objects.GetAsync(request, ct),
            ("PUT", false) => objects.ReplaceAsync(request, ct),
            ("PATCH", false) => objects.PatchAsync(request, ct),
            ("DELETE", false) when request.Path.Subresource.Length == 0 => objects.DeleteAsync(request, ct),
            _ => throw Refusals.MethodNotAllowed(),
        };
    }

    [LoggerMessage(300, LogLevel.Error, "{Method} {Path} failed")]
    private partial void Failed(Exception e, string method, string path);

    [LoggerMessage(301, LogLevel.Error, "{Method} {Path} was refused: {Why}; {Advice}")]
    private partial void NotStored(string method, string path, string why, string advice);
}
