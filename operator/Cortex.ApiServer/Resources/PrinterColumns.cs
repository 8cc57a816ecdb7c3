using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Resources;

/// <summary>additionalPrinterColumns of a definition, evaluated as kube-apiserver does: the first match, in the column's type.</summary>
internal static class PrinterColumns
{
    private const string NameDescription =
        "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to "
        + "request the generation of an appropriate name automatically. "
        + "Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: "
        + "https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names";

    public static readonly Column NameColumn = new("Name", "string", "name", NameDescription, 0, (item, _) => item.Name());

    public static IReadOnlyList<Column> Default { get; } =
    [
        NameColumn,
        new("Age", "date", "", "Time since the object was created.", 0, (item, now) => Age(item.Metadata()["creationTimestamp"], now)),
    ];

    public static IReadOnlyList<Column> Read(JsonArray columns) => [NameColumn, .. columns.OfType<JsonObject>().Select(Read)];

    /// <summary>"5m" for a timestamp; null for null.</summary>
    public static JsonNode? Age(JsonNode? timestamp, DateTimeOffset now)
    {
        if (timestamp is null)
        {
            return null;
        }

        return DateTimeOffset.TryParse(timestamp.ToString(), CultureInfo.InvariantCulture, out var then)
            ? HumanDuration.Of(now - then)
            : "<invalid>";
    }

    private static Column Read(JsonObject column)
    {
        var text = column.Text("jsonPath") ?? "";
        var path = JsonPath.Compile(text);
        var type = column.Text("type") ?? "string";
        return new(
            column.Text("name") ?? "",
            type,
            column.Text("format") ?? "",
            column.Text("description") is { Length: > 0 } given ? given : $"Custom resource definition column (in JSONPath format): {text}",
            (int)(column.Number("priority") ?? 0),
            (item, now) => Cell(path.First(item), type, now));
    }

    private static JsonNode? Cell(JsonNode? value, string type, DateTimeOffset now) => (type, value) switch
    {
        (_, null) => null,
        ("date", _) => Age(value, now),
        ("string", JsonValue text) => text.ToString(),
        ("string", _) => value.ToJsonString(Json.Compact),
        ("integer", JsonValue number) when number.TryGetValue(out long whole) => whole,
        ("number", JsonValue number) when number.GetValueKind() is JsonValueKind.Number => number.DeepClone(),
        ("boolean", JsonValue flag) when flag.GetValueKind() is JsonValueKind.True or JsonValueKind.False => flag.DeepClone(),
        _ => null,
    };
}
