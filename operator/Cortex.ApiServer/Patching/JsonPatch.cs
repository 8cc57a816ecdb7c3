using System.Globalization;
using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Patching;

/// <summary>A JSON patch that cannot be carried out. <see cref="IsMalformed"/>: the patch itself is wrong, rather than not fitting the object.</summary>
internal sealed class JsonPatchException(string message, bool isMalformed = false) : Exception(message)
{
    public bool IsMalformed => isMalformed;
}

/// <summary>JSON patch, all operations or none. https://www.rfc-editor.org/rfc/rfc6902</summary>
internal static class JsonPatch
{
    /// <summary>The patched document; the given one is not changed.</summary>
    /// <exception cref="JsonPatchException">An operation is malformed or does not apply.</exception>
    public static JsonNode? Apply(JsonNode? document, JsonArray operations)
    {
        var root = new JsonObject { ["doc"] = document?.DeepClone() };
        foreach (var operation in operations)
            Apply(root, operation as JsonObject ?? throw new JsonPatchException("each operation must be an object", isMalformed: true));
        var result = root["doc"];
        root.Remove("doc");
        return result;
    }

    private static void Apply(JsonObject root, JsonObject operation)
    {
        var path = Pointer(operation, "path");
        switch (operation.Text("op"))
        {
            case "add":
                Add(root, path, Value(operation));
                break;
            case "remove":
                Remove(root, path);
                break;
            case "replace":
                Remove(root, path);
                Add(root, path, Value(operation));
                break;
            case "move":
                Add(root, Outside(Pointer(operation, "from"), path), Remove(root, Pointer(operation, "from")));
                break;
            case "copy":
                Add(root, path, Find(root, Pointer(operation, "from"))?.DeepClone());
                break;
            case "test":
                Test(root, path, Value(operation));
                break;
            case var op:
                throw new JsonPatchException($"unexpected kind: {op ?? "unknown"}", isMalformed: true);
        }
    }

    // Every pointer is read below a holder, so that the whole document is a member like any other.
    private static string[] Pointer(JsonObject operation, string member)
    {
        var text = operation.Text(member) ?? throw new JsonPatchException($"operation has no {member}", isMalformed: true);
        if (text.Length > 0 && text[0] != '/')
            throw new JsonPatchException($"{member} \"{text}\" is not a JSON pointer: it must start with /", isMalformed: true);
        return ["doc", .. text.Split('/').Skip(1).Select(Unescape)];
    }

    private static string Unescape(string part) => part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);

    private static JsonNode? Value(JsonObject operation) => operation.TryGetPropertyValue("value", out var value)
        ? value?.DeepClone()
        : throw new JsonPatchException("operation has no value", isMalformed: true);

    private static string[] Outside(string[] from, string[] to) => to.Length > from.Length && to.Take(from.Length).SequenceEqual(from)
        ? throw new JsonPatchException($"cannot move {Show(from)} into itself")
        : to;

    private static void Add(JsonObject root, string[] path, JsonNode? value)
    {
        switch (Find(root, path.AsSpan(..^1)))
        {
            case JsonObject parent:
                parent[path[^1]] = value;
                break;
            case JsonArray list:
                list.Insert(path[^1] == "-" ? list.Count : Index(path, list.Count), value);
                break;
            default:
                throw Missing("add", path);
        }
    }

    private static JsonNode? Remove(JsonObject root, string[] path)
    {
        var value = Find(root, path);
        switch (Find(root, path.AsSpan(..^1)))
        {
            case JsonObject parent:
                parent.Remove(path[^1]);
                break;
            case JsonArray list:
                list.RemoveAt(Index(path, list.Count - 1));
                break;
        }
        return value;
    }

    private static void Test(JsonObject root, string[] path, JsonNode? expected)
    {
        if (!JsonNode.DeepEquals(Find(root, path), expected))
            throw new JsonPatchException($"testing value {Show(path)} failed");
    }

    private static JsonNode? Find(JsonObject root, ReadOnlySpan<string> path)
    {
        JsonNode? at = root;
        for (var i = 0; i < path.Length; i++)
        {
            at = at switch
            {
                JsonObject o when o.TryGetPropertyValue(path[i], out var value) => value,
                JsonArray list => list[Index(path[..(i + 1)], list.Count - 1)],
                _ => throw Missing("find", path),
            };
        }
        return at;
    }

    private static int Index(ReadOnlySpan<string> path, int last)
    {
        var text = path[^1];
        var canonical = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && (text.Length == 1 || text[0] != '0');
        return canonical && index <= last ? index : throw Missing("find", path);
    }

    private static JsonPatchException Missing(string operation, ReadOnlySpan<string> path) =>
        new($"{operation} operation does not apply: doc is missing path: \"{Show(path)}\": missing value");

    private static string Show(ReadOnlySpan<string> path) => path.Length == 1 ? "" : "/" + string.Join('/', path[1..].ToArray());
}
