using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Resources;

/// <summary>The columns of <c>kubectl get events</c>. They read the stored (core/v1) form.</summary>
internal static class EventColumns
{
    public static IReadOnlyList<Column> All { get; } =
    [
        new(
            "Last Seen",
            "string",
            "",
            "Time when the event was last seen.",
            0,
            (body, now) => PrinterColumns.Age(LastSeen(body), now) ?? "<unknown>"),
        new("Type", "string", "", "Normal or Warning.", 0, (body, _) => body.Text("type")),
        new("Reason", "string", "", "Why the event was written.", 0, (body, _) => body.Text("reason")),
        new("Object", "string", "", "What the event is about.", 0, (body, _) => About(body)),
        new("Source", "string", "", "Who wrote it.", 1, (body, _) => Source(body)),
        new("Message", "string", "", "What happened.", 0, (body, _) => body.Text("message")?.Trim()),
        new(
            "First Seen",
            "string",
            "",
            "Time when the event was first seen.",
            1,
            (body, now) => PrinterColumns.Age(FirstSeen(body), now) ?? "<unknown>"),
        new(
            "Count",
            "string",
            "",
            "How often it happened.",
            1,
            (body, _) => (body["series"]?["count"] ?? body["count"])?.ToString() ?? "1"),
        new("Name", "string", "name", "Name of the event.", 1, (body, _) => body.Name()),
    ];

    private static JsonNode? LastSeen(JsonObject body) => body["series"]?["lastObservedTime"] ?? body["lastTimestamp"] ?? FirstSeen(body);

    private static JsonNode? FirstSeen(JsonObject body) => body["firstTimestamp"] ?? body["eventTime"];

    /// <summary>The component that wrote the event, from the old or the new member.</summary>
    public static string Source(JsonObject body) => body["source"]?["component"]?.ToString() is { Length: > 0 } component
        ? component
        : body.Text("reportingComponent") ?? "";

    private static string About(JsonObject body)
    {
        var about = body["involvedObject"] as JsonObject;
        return $"{about?.Text("kind")?.ToLowerInvariant()}/{about?.Text("name")}";
    }
}
