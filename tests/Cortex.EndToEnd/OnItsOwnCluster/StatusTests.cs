using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>One resource, one status, wherever its instances run: the same file is demanded of every target. <c>UPDATE_GOLDEN=1</c> writes it anew.</summary>
[Trait("Story", "EveryTarget")]
public sealed partial class StatusTests(Stage stage) : OwnCluster(stage)
{
    private static readonly TimeSpan Settling = TimeSpan.FromMinutes(1);

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };

    [Fact]
    public async Task The_status_after_a_switchover_is_the_same_on_every_target_field_by_field()
    {
        await using var cluster = await Operator.CreateAsync();
        await cluster.PromoteAsync(cluster.Standby);
        await cluster.PromotedAsync(cluster.Standby);
        await cluster.RestsAsync();
        // A standby that has just begun to stream has not yet told how far it is.
        await cluster.UntilAsync("its lag is known", now => now.Status!.Instances.All(one => one.Name == now.Status.Primary || one.LagBytes is not null));

        var path = Repository.Path("tests/Cortex.EndToEnd/golden/status.json");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, await MaskedAsync(cluster), TestContext.Current.CancellationToken);
        }

        // Each look writes what it saw, and a look may have come a moment too late or too early; so it is the status that stays.
        var expected = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        await Eventually.SeesAsync($"the status is that of {path}", () => MaskedAsync(cluster), seen => seen == expected, Settling);
    }

    private async Task<string> MaskedAsync(Cluster cluster) =>
        Masked(JsonNode.Parse(await Operator.Kubectl.TextAsync("get", "cortexcluster", cluster.Name, "-o", "json"))!["status"]!, cluster.Name, cluster.Place.Namespace) + "\n";

    /// <summary>What is another in each run, and where the instances are reached.</summary>
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
        }

        var text = Sorted(status).ToJsonString(Readable).Replace(name, "cortex", StringComparison.Ordinal);
        text = Gap().Replace(Position().Replace(Time().Replace(text, "TIME"), "LSN"), "\"writeGapMs\": 0");
        return Generation().Replace(text, "\"observedGeneration\": 0");
    }

    private static JsonNode Sorted(JsonNode node) => node switch
    {
        JsonObject fields => new JsonObject(fields.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => KeyValuePair.Create(one.Key, one.Value is null ? null : Sorted(one.Value)))),
        JsonArray items => new JsonArray([.. items.Select(one => one is null ? null : Sorted(one))]),
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
