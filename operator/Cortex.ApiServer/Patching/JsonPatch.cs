using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Patching;

/// <summary>
/// JSON patch, all operations or none, with the behaviour of the Go library that kube-apiserver uses: an absent member counts as null, so
/// <c>replace</c> creates it and <c>test</c> finds null; a negative index counts from the end; an absent value is null.
/// https://www.rfc-editor.org/rfc/rfc6902, https://pkg.go.dev/gopkg.in/evanphx/json-patch.v4
/// </summary>
internal sealed class JsonPatch
{
    /// <summary>The limit of kube-apiserver.</summary>
    public const int MaxOperations = 10_000;

    /// <summary>
    /// Bytes that all <c>copy</c> operations may add, as in kube-apiserver. <c>move</c> counts, too, because here it takes time.
    /// </summary>
    public const long MaxCopied = 3 * 1024 * 1024;

    // The document is a member of this object, so that a pointer to the whole document needs no special case.
    private readonly JsonObject root;
    private long copied;

    private JsonPatch(JsonNode? document) => root = new() { ["doc"] = document?.DeepClone() };

    /// <summary>The patched document. The given document is not changed.</summary>
    /// <param name="document">The object.</param>
    /// <param name="operations">The patch.</param>
    /// <param name="ct">Cancelled when the client disconnects. Each operation may move a whole list.</param>
    /// <exception cref="JsonPatchException">An operation is malformed, does not apply, or makes the document too large or too
    /// deep.</exception>
    public static JsonNode? Apply(JsonNode? document, JsonArray operations, CancellationToken ct)
    {
        JsonObject[] all = [.. operations.Select(Read)];
        var patch = new JsonPatch(document);
        foreach (var operation in all)
        {
            ct.ThrowIfCancellationRequested();
            patch.Apply(operation);
        }

        var result = patch.root["doc"];
        patch.root.Remove("doc");
        return result;
    }

    private static JsonObject Read(JsonNode? node)
    {
        var operation = node as JsonObject ?? throw new JsonPatchException("each operation must be an object", isMalformed: true);
        foreach (var member in (string[])["op", "path", "from"])
        {
            if (operation[member] is { } value && value.GetValueKind() is not JsonValueKind.String)
            {
                throw new JsonPatchException($"{member} must be a string", isMalformed: true);
            }
        }

        return operation;
    }

    private void Apply(JsonObject operation)
    {
        var op = operation.Text("op") ?? "unknown";
        switch (op)
        {
            case "add":
                Add(op, Pointer(operation, "path"), operation["value"]?.DeepClone());
                break;
            case "remove":
                Remove(op, Pointer(operation, "path"));
                break;
            case "replace":
                Replace(Pointer(operation, "path"), operation["value"]?.DeepClone());
                break;
            case "move":
                Move(Pointer(operation, "from"), Pointer(operation, "path"));
                break;
            case "copy":
                Copy(Pointer(operation, "from"), Pointer(operation, "path"));
                break;
            case "test":
                Test(Pointer(operation, "path"), operation["value"]);
                break;
            default:
                throw new JsonPatchException($"Unexpected kind: {op}");
        }
    }

    private static string[] Pointer(JsonObject operation, string member)
    {
        var text = operation.Text(member)
            ?? throw new JsonPatchException($"{operation.Text("op")} operation failed to decode {member}: missing value");
        if (text.Length > 0 && text[0] != '/')
        {
            throw new JsonPatchException($"{member} \"{text}\" is not a JSON pointer: it must start with /");
        }

        return ["doc", .. text.Split('/').Skip(1).Select(Unescape)];
    }

    private static string Unescape(string part) =>
        part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);

    private void Add(string op, string[] path, JsonNode? value)
    {
        CheckDepth(path, value);
        switch (Parent(op, path))
        {
            case JsonObject parent:
                parent[path[^1]] = value;
                break;
            case JsonArray list:
                list.Insert(path[^1] == "-" ? list.Count : Index(path, list.Count, last: list.Count), value);
                break;
        }
    }

    private JsonNode? Remove(string op, string[] path)
    {
        var parent = Parent(op, path);
        var value = Get(parent, path);
        if (parent is JsonArray list)
        {
            list.RemoveAt(Index(path, list.Count));
        }
        else if (!((JsonObject)parent).SwapRemove(path[^1]))
        {
            throw new JsonPatchException($"{op} operation does not apply: unable to remove nonexistent key: {Show(path)}: missing value");
        }

        return value;
    }

    private void Replace(string[] path, JsonNode? value)
    {
        if (path.Length == 1 && value is not (JsonObject or JsonArray))
        {
            throw new JsonPatchException("replace operation value must be object or array");
        }

        CheckDepth(path, value);
        if (path.Length == 1)
        {
            root["doc"] = value;
        }
        else if (Parent("replace", path) is JsonArray list)
        {
            list[Index(path, list.Count)] = value;
        }
        else
        {
            ((JsonObject)Parent("replace", path))[path[^1]] = value;
        }
    }

    private void Move(string[] from, string[] path)
    {
        var value = Remove("move", from);
        Charge(Nodes(value));
        Add("move", path, value);
    }

    private void Copy(string[] from, string[] path)
    {
        var value = Get(Parent("copy", from), from);
        Charge(value is null ? 0 : Encoding.UTF8.GetByteCount(value.ToJsonString(Json.Compact)));
        Add("copy", path, value?.DeepClone());
    }

    private void Test(string[] path, JsonNode? expected)
    {
        var actual = path.Length == 1 ? root["doc"] : Get(Parent("test", path), path);
        if (!JsonNode.DeepEquals(actual, expected))
        {
            throw new JsonPatchException($"testing value {Show(path)} failed");
        }
    }

    /// <summary>The parent of the last part of a path: an object or a list.</summary>
    private JsonNode Parent(string op, string[] path)
    {
        JsonNode? at = path.Length == 1 ? null : root;
        for (var i = 0; i < path.Length - 1 && at is not null; i++)
        {
            at = Get(at, path.AsSpan(..(i + 1)));
        }

        return at is JsonObject or JsonArray
            ? at
            : throw new JsonPatchException($"{op} operation does not apply: doc is missing path: \"{Show(path)}\": missing value");
    }

    private static JsonNode? Get(JsonNode parent, ReadOnlySpan<string> path) => parent switch
    {
        JsonObject body => body[path[^1]],
        JsonArray list => list[Index(path, list.Count)],
        _ => null,
    };

    // A negative index counts from the position after the last one that the operation may name.
    private static int Index(ReadOnlySpan<string> path, int count, int? last = null)
    {
        var most = last ?? count - 1;
        if (!int.TryParse(path[^1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index))
        {
            throw new JsonPatchException($"value was not a proper array index: \"{path[^1]}\" in {Show(path)}");
        }

        var counted = index < 0 ? index + most + 1 : index;
        return counted >= 0 && counted <= most
            ? counted
            : throw new JsonPatchException($"unable to access invalid index: {index} in {Show(path)}: invalid index referenced");
    }

    private void Charge(long size)
    {
        copied += size;
        if (copied > MaxCopied)
        {
            throw new JsonPatchException(
                $"Unable to complete the copy, the accumulated size increase of copy is {copied}, exceeding the limit {MaxCopied}");
        }
    }

    // Checked before each change, because every check of the changed object would recurse through it.
    private static void CheckDepth(string[] path, JsonNode? value)
    {
        if (path.Length - 1 + Depth(value) > Json.MaxDepth)
        {
            throw new JsonPatchException($"{Show(path)} would make the object deeper than {Json.MaxDepth} levels");
        }
    }

    private static int Depth(JsonNode? value) =>
        value is JsonObject or JsonArray ? 1 + Members(value).Select(Depth).DefaultIfEmpty().Max() : 0;

    private static long Nodes(JsonNode? value) => 1 + Members(value).Sum(Nodes);

    private static IEnumerable<JsonNode?> Members(JsonNode? value) => value switch
    {
        JsonObject body => body.Select(member => member.Value),
        JsonArray list => list,
        _ => [],
    };

    private static string Show(ReadOnlySpan<string> path) => path.Length == 1 ? "" : "/" + string.Join('/', path[1..].ToArray());
}
