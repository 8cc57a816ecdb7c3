using System.Text.Json;
using System.Text.Json.Nodes;
using Cortex.ApiServer.Errors;
using Microsoft.AspNetCore.Http;

namespace Cortex.ApiServer.Requests;

/// <summary>Reads bodies, and answers in JSON.</summary>
internal static class RequestBody
{
    /// <summary>As etcd and kube-apiserver limit it.</summary>
    public const long MaxBytes = 3 * 1024 * 1024;

    public static string MediaTypeOf(HttpRequest request) => request.ContentType?.Split(';')[0].Trim() ?? "";

    /// <summary>An object in JSON.</summary>
    public static async Task<JsonObject> ReadObjectAsync(HttpRequest request, CancellationToken ct)
    {
        if (MediaTypeOf(request) is not ("" or "application/json" or "*/*"))
            throw Refusals.UnsupportedMediaType("application/json");
        return await ReadAsync(request, ct) as JsonObject ?? throw Refusals.BadRequest("the body of the request must be a JSON object");
    }

    /// <summary>Any JSON; null for an empty body.</summary>
    /// <exception cref="ApiException">400 with what is wrong and where.</exception>
    public static async Task<JsonNode?> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        using var buffer = new MemoryStream();
        try
        {
            await request.Body.CopyToAsync(buffer, ct);
            return buffer.Length == 0 ? null : JsonNode.Parse(buffer.GetBuffer().AsSpan(0, (int)buffer.Length), documentOptions: Json.Strict);
        }
        catch (JsonException e)
        {
            throw Refusals.BadRequest($"the object provided is unrecognized (must be of type JSON): {e.Message}");
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw Refusals.TooLarge(MaxBytes);
        }
    }

    public static Task AnswerAsync(HttpContext http, int code, JsonNode body, CancellationToken ct) =>
        AnswerAsync(http, code, "application/json", JsonSerializer.SerializeToUtf8Bytes(body, Json.Compact), ct);

    public static async Task AnswerAsync(HttpContext http, int code, string contentType, ReadOnlyMemory<byte> body, CancellationToken ct)
    {
        http.Response.StatusCode = code;
        http.Response.ContentType = contentType;
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, ct);
    }
}
