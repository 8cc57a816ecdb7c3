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
            (e, now) => PrinterColumns.Age(LastSeen(e), now) ?? "<unknown>"),
        new("Type", "string", "", "Normal or Warning.", 0, (e, _) => e.Text("type")),
        new("Reason", "string", "", "Why the event was written.", 0, (e, _) => e.Text("reason")),
        new("Object", "string", "", "What the event is about.", 0, (e, _) => About(e)),
        new("Source", "string", "", "Who wrote it.", 1, (e, _) => Source(e)),
        new("Message", "string", "", "What happened.", 0, (e, _) => e.Text("message")?.Trim()),
        new(
            "First Seen",
            "string",
            "",
            "Time when the event was first seen.",
            1,
            (e, now) => PrinterColumns.Age(FirstSeen(e), now) ?? "<unknown>"),
        new("Count", "string", "", "How often it happened.", 1, (e, _) => (e["series"]?["count"] ?? e["count"])?.ToString() ?? "1"),
        new("Name", "string", "name", "Name of the event.", 1, (e, _) => e.Name()),
    ];

    private static JsonNode? LastSeen(JsonObject e) => e["series"]?["lastObservedTime"] ?? e["lastTimestamp"] ?? FirstSeen(e);

    private static JsonNode? FirstSeen(JsonObject e) => e["firstTimestamp"] ?? e["eventTime"];

    /// <summary>The component that wrote it, by the old member or the new one.</summary>
    public static string Source(JsonObject e) => e["source"]?["component"]?.ToString() is { Length: > 0 } component
        ? component
        : e.Text("reportingComponent") ?? "";

    private static string About(JsonObject e)
    {
        var about = e["involvedObject"] as JsonObject;
        return $"{about?.Text("kind")?.ToLowerInvariant()}/{about?.Text("name")}";
    }
}
