using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cortex.ApiServer;

/// <summary>How this project reads and writes JSON, and access to the members that every object has.</summary>
internal static class Json
{
    /// <summary>The greatest depth of an object, after any kind of change. .NET's readers refuse greater depths by default.</summary>
    public const int MaxDepth = 64;

    // Lists and watch events nest an object a few levels deeper.
    public static readonly JsonSerializerOptions Compact = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = MaxDepth + 8,
    };

    // An object with a duplicate key is refused, because either value could be the intended one.
    public static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = MaxDepth };

    public static JsonObject Metadata(this JsonObject body) => body["metadata"] as JsonObject ?? Attach(body);

    public static string? Text(this JsonObject body, string member) =>
        body[member] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    public static long? Number(this JsonObject body, string member) =>
        body[member] is JsonValue value && value.GetValueKind() is JsonValueKind.Number && value.TryGetValue(out long number)
            ? number
            : null;

    public static bool Flag(this JsonObject body, string member) =>
        body[member] is JsonValue value && value.GetValueKind() is JsonValueKind.True;

    public static string Name(this JsonObject body) => body.Metadata().Text("name") ?? "";

    public static string Namespace(this JsonObject body) => body.Metadata().Text("namespace") ?? "";

    public static string ResourceVersion(this JsonObject body) => body.Metadata().Text("resourceVersion") ?? "";

    public static IReadOnlyList<string> Finalizers(this JsonObject body) => body.Metadata()["finalizers"] is JsonArray list
        ? [.. list.OfType<JsonValue>().Select(item => item.ToString())]
        : [];

    public static bool IsBeingDeleted(this JsonObject body) => body.Metadata().ContainsKey("deletionTimestamp");

    public static JsonObject Copy(this JsonObject body) => body.DeepClone().AsObject();

    /// <summary>Sets a member, or removes it when the value is null.</summary>
    public static void Put(this JsonObject body, string member, JsonNode? value)
    {
        if (value is null)
        {
            body.Remove(member);
        }
        else
        {
            body[member] = value.Parent is null ? value : value.DeepClone();
        }
    }

    /// <summary>
    /// Removes a member by moving the last member into its place. <see cref="JsonObject.Remove(string)"/> moves all members that follow,
    /// which takes minutes when all of 100,000 members are removed.
    /// </summary>
    /// <returns>Whether the member existed.</returns>
    public static bool SwapRemove(this JsonObject body, string member)
    {
        var at = body.IndexOf(member);
        if (at < 0)
        {
            return false;
        }

        var (lastName, last) = body.GetAt(body.Count - 1);
        body.RemoveAt(body.Count - 1);
        if (at < body.Count)
        {
            body.SetAt(at, lastName, last);
        }

        return true;
    }

    public static string Timestamp(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static JsonObject Attach(JsonObject body)
    {
        var metadata = new JsonObject();
        body["metadata"] = metadata;
        return metadata;
    }
}
