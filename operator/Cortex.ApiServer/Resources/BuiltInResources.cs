using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Resources;

/// <summary>The built-in kinds that controllers and kubectl rely on, where they are useful in this server.</summary>
internal static class BuiltInResources
{
    private static readonly IReadOnlyDictionary<string, string> EventMembers = new Dictionary<string, string>
    {
        // events.k8s.io/v1 renames the members of the core/v1 event. Both versions are served from the same stored objects.
        ["regarding"] = "involvedObject",
        ["note"] = "message",
        ["reportingController"] = "reportingComponent",
        ["deprecatedSource"] = "source",
        ["deprecatedFirstTimestamp"] = "firstTimestamp",
        ["deprecatedLastTimestamp"] = "lastTimestamp",
        ["deprecatedCount"] = "count",
    };

    public static IReadOnlyList<ApiResource> Load()
    {
        using var stream = typeof(BuiltInResources).Assembly.GetManifestResourceStream("BuiltIns.json")!;
        var document = JsonNode.Parse(stream)!.AsObject();
        return [.. document["kinds"]!.AsArray().OfType<JsonObject>().Select(Read)];
    }

    private static ApiResource Read(JsonObject spec)
    {
        var read = DefinitionReader.Read(spec, spec["versions"]!.AsArray()[0]!.AsObject()) with
        {
            IsCustom = false,
            IsReview = spec.Flag("review"),
            DefinitionName = spec.Text("definitionName")!,
        };
        return (read.Plural, read.Group) switch
        {
            ("events", "") =>
                read with
                {
                    Columns = EventColumns.All,
                    ComputedFields = new Dictionary<string, Func<JsonObject, string>> { ["source"] = EventColumns.Source },
                },
            ("events", _) => read with { Columns = EventColumns.All, StorageName = "events", StoredAs = EventMembers },
            _ => read,
        };
    }
}
