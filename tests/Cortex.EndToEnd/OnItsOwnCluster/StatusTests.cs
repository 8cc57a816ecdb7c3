using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>The status is the same on every target. <c>UPDATE_GOLDEN=1</c> writes the expected file.</summary>
[Trait("Story", "EveryTarget")]
public sealed partial class StatusTests(SharedClusters shared) : OwnCluster(shared)
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };

    [Fact]
    public async Task The_status_after_a_switchover_is_the_same_on_every_target_field_by_field()
    {
        await using var cluster = await Operator.CreateAsync();
        await cluster.PromoteAsync(cluster.Standby);
        await cluster.PromotedAsync(cluster.Standby);
        await cluster.SteadyAsync();
        // A standby that has just begun to stream has not yet reported its position.
        await cluster.UntilAsync(
            "its lag is known",
            now => now.Status!.Instances.All(instance => instance.Name == now.Status.Primary || instance.LagBytes is not null));

        var path = Repository.Path("tests/Cortex.EndToEnd/golden/status.json");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, await MaskedAsync(cluster), TestContext.Current.CancellationToken);
        }

        // Each pass writes what it observed, and a pass may have observed a transient state; so the status must be equal in the end.
        var expected = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        await Eventually.SeesAsync($"the status is that of {path}", () => MaskedAsync(cluster), seen => seen == expected);
    }

    private async Task<string> MaskedAsync(Cluster cluster) =>
        Masked(
            JsonNode.Parse(await Operator.Kubectl.TextAsync("get", "cortexcluster", cluster.Name, "-o", "json"))!["status"]!,
            cluster.Name,
            cluster.Target.Namespace) + "\n";

    /// <summary>Replaces values that differ in each run, and the addresses of the instances.</summary>
    private static string Masked(JsonNode status, string name, string space)
    {
        (status["systemIdentifier"], status["postgresVersion"], status["lag"]) = ("SYSTEM", "VERSION", "LAG");
        status["endpoints"]!["readWrite"] = "ADDRESS";
        status["selector"] = status["selector"]!.GetValue<string>().Replace($"={space}", "=default", StringComparison.Ordinal);
        foreach (var instance in status["instances"]!.AsArray())
        {
            instance!["address"] = "ADDRESS";
            if (instance["lagBytes"] is not null)
            {
                instance["lagBytes"] = 0;
            }

            (instance["disk"]!["sizeBytes"], instance["disk"]!["freeBytes"]) = (1, 1);
        }

        var text = Sorted(status).ToJsonString(Readable).Replace(name, "cortex", StringComparison.Ordinal);
        text = Gap().Replace(Position().Replace(Time().Replace(text, "TIME"), "LSN"), "\"writeGapMs\": 0");
        return Generation().Replace(text, "\"observedGeneration\": 0");
    }

    private static JsonNode Sorted(JsonNode node) => node switch
    {
        JsonObject fields => new JsonObject(
            fields.OrderBy(field => field.Key, StringComparer.Ordinal)
                .Select(field => KeyValuePair.Create(field.Key, field.Value is null ? null : Sorted(field.Value)))),
        JsonArray items => new JsonArray([.. items.Select(item => item is null ? null : Sorted(item))]),
        _ => node.DeepClone(),
    };

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT[0-9:.]+Z")]
    private static partial Regex Time();

    [GeneratedRegex("[0-9A-F]+/[0-9A-F]{6,8}")]
    private static partial Regex Position();

    [GeneratedRegex("\"writeGapMs\": \\d+")]
    private static partial Regex Gap();

    [GeneratedRegex("\"observedGeneration\": \\d+")]
    private static partial Regex Generation();
}
