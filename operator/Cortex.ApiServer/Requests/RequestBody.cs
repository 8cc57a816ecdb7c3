using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Cortex.ApiServer.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Cortex.ApiServer.Requests;

/// <summary>Reads request bodies and writes answers in JSON.</summary>
internal static class RequestBody
{
    /// <summary>The limit of kube-apiserver.</summary>
    public const long MaxBytes = 3 * 1024 * 1024;

    // Many clients read no answer before they have sent everything. If the server closes the connection earlier, they report a broken one.
    private const long MaxDrainedBytes = 16 * 1024 * 1024;
    private const int Piece = 64 * 1024;

    /// <summary>The media type in lower case, without parameters; empty when the request has no media type.</summary>
    public static string MediaTypeOf(HttpRequest request) => request.ContentType?.Split(';')[0].Trim().ToLowerInvariant() ?? "";

    /// <summary>The object in the body, in JSON or in the protobuf form of <see cref="ProtobufBody"/>.</summary>
    public static async Task<JsonObject> ReadObjectAsync(HttpRequest request, CancellationToken ct)
    {
        CheckType(request);
        return Read(request, await ReceiveAsync(request, ct)) as JsonObject ?? throw NoObject();
    }

    /// <summary>The object in the body; null when the request has no body, of any type.</summary>
    public static async Task<JsonObject?> ReadOptionalObjectAsync(HttpRequest request, CancellationToken ct)
    {
        var bytes = await ReceiveAsync(request, ct);
        if (bytes.Length == 0)
        {
            return null;
        }

        CheckType(request);
        return Read(request, bytes) switch { null => null, JsonObject body => body, _ => throw NoObject() };
    }

    /// <summary>Any JSON; null for an empty body.</summary>
    /// <exception cref="ApiException">400, with the error and its position.</exception>
    public static async Task<JsonNode?> ReadAsync(HttpRequest request, CancellationToken ct) => Parse(await ReceiveAsync(request, ct));

    public static Task AnswerAsync(HttpContext http, int code, JsonNode body, CancellationToken ct) =>
        AnswerAsync(http, code, "application/json", JsonSerializer.SerializeToUtf8Bytes(body, Json.Compact), ct);

    public static async Task AnswerAsync(HttpContext http, int code, string contentType, ReadOnlyMemory<byte> body, CancellationToken ct)
    {
        http.Response.StatusCode = code;
        http.Response.ContentType = contentType;
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, ct);
    }

    private static void CheckType(HttpRequest request)
    {
        if (MediaTypeOf(request) is not ("" or "application/json" or "*/*" or ProtobufBody.MediaType))
        {
            throw Refusals.UnsupportedMediaType("application/json");
        }
    }

    private static JsonNode? Read(HttpRequest request, ReadOnlyMemory<byte> bytes) =>
        MediaTypeOf(request) == ProtobufBody.MediaType ? ProtobufBody.Read(bytes.Span) : Parse(bytes);

    private static ApiException NoObject() => Refusals.BadRequest("the body of the request must be a JSON object");

    private static async Task<ReadOnlyMemory<byte>> ReceiveAsync(HttpRequest request, CancellationToken ct)
    {
        try
        {
            return await DrainAsync(request, ct);
        }
        catch (BadHttpRequestException exception)
        {
            throw exception.StatusCode switch
            {
                StatusCodes.Status413PayloadTooLarge => Refusals.TooLarge($"limit is {MaxBytes}"),
                StatusCodes.Status408RequestTimeout => Refusals.TooSlow(),
                _ => Refusals.BadRequest($"the body of the request cannot be read: {exception.Message}"),
            };
        }
        catch (IOException exception)
        {
            throw Refusals.BadRequest($"the body of the request cannot be read: {exception.Message}");
        }
    }

    /// <summary>
    /// The body. The rest of a body that is too large is read and dropped, unless its client waits for a 100-continue answer.
    /// </summary>
    /// <exception cref="ApiException">413.</exception>
    private static async Task<ReadOnlyMemory<byte>> DrainAsync(HttpRequest request, CancellationToken ct)
    {
        if (request.Headers.Expect.Count == 0
            && request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxDrainedBytes;
        }

        using var buffer = new MemoryStream();
        var piece = new byte[Piece];
        var length = 0L;
        while (await request.Body.ReadAsync(piece, ct) is > 0 and var count)
        {
            length += count;
            if (length <= MaxBytes)
            {
                buffer.Write(piece.AsSpan(0, count));
            }
        }

        return length <= MaxBytes ? buffer.GetBuffer().AsMemory(0, (int)buffer.Length) : throw Refusals.TooLarge($"limit is {MaxBytes}");
    }

    private static JsonNode? Parse(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length == 0)
        {
            return null;
        }

        if (!Utf8.IsValid(bytes.Span))
        {
            throw Unrecognized("it is not valid UTF-8");
        }

        try
        {
            CheckValues(bytes.Span);
            return JsonNode.Parse(bytes.Span, documentOptions: Json.Strict);
        }
        catch (JsonException exception)
        {
            throw Unrecognized(exception.Message);
        }
    }

    // Valid JSON that this server or a client in Go could not read again after it was stored.
    private static void CheckValues(ReadOnlySpan<byte> bytes)
    {
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = Json.MaxDepth });
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.Number)
            {
                CheckNumber(reader);
            }
            else if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
            {
                CheckText(reader);
            }
        }
    }

    private static void CheckNumber(in Utf8JsonReader reader)
    {
        if (!double.TryParse(reader.ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            || !double.IsFinite(number))
        {
            throw Unrecognized($"the number at byte {reader.TokenStartIndex} is too large for a float64");
        }
    }

    private static void CheckText(in Utf8JsonReader reader)
    {
        try
        {
            reader.GetString();
        }
        catch (InvalidOperationException)
        {
            throw Unrecognized($"the text at byte {reader.TokenStartIndex} has half a surrogate pair");
        }
    }

    private static ApiException Unrecognized(string why) =>
        Refusals.BadRequest($"the object provided is unrecognized (must be of type JSON): {why}");
}
