using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Tests;

/// <summary>The configuration that is tried before it is written is the one that the user wrote, not the one that a standby gets.</summary>
public sealed class ProvenConfigurationTests
{
    private readonly ProvisioningUnderTest bench = new();
    private readonly List<string> tried = [];

    public ProvenConfigurationTests() => bench.Answer = task =>
    {
        tried.Add(task.Arguments[0]);
        return new OneShotResult(0, "");
    };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>
    /// A standby keeps the limit of its primary: its whole configuration is in force, which does not prove the smaller limit.
    /// </summary>
    [Theory]
    [InlineData("cortex-pr")]
    [InlineData("cortex-s1")]
    public async Task A_smaller_limit_is_tried_although_a_standby_runs_with_all_that_it_was_given(string instance)
    {
        await ProveAsync(instance, "3");

        Assert.Contains("max_connections = '3'", Assert.Single(tried), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_in_force_somewhere_is_not_tried()
    {
        await ProveAsync("cortex-pr", "100");

        Assert.Empty(tried);
    }

    private async Task ProveAsync(string instance, string connections)
    {
        var limits = new Dictionary<string, int> { ["max_connections"] = 100 };
        var seen = new Observation
        {
            Cluster = ProvisioningUnderTest.Key,
            Inventory =
                Inventory.Empty with { Pods = [new PodSeen("cortex-pr", PodState.Running), new PodSeen("cortex-s1", PodState.Running)] },
            Image = ProvisioningUnderTest.Image,
            Postgres = new Dictionary<string, PostgresSeen>
            {
                ["cortex-pr"] = Answer(recovers: false) with { Limits = limits, Revision = "old" },
                ["cortex-s1"] = Answer(recovers: true) with { Limits = limits },
            },
        };
        var spec = new ClusterSpec
        {
            Postgres = new() { Parameters = new Dictionary<string, string> { ["max_connections"] = connections } },
        };
        using var pass = await bench.PassAsync(spec, WithAllOfStandby(spec, seen), Ct);
        await bench.Provisioning.ProveAsync(pass, instance, Ct);
    }

    /// <summary>An observation in which the standby has loaded its whole configuration.</summary>
    private static Observation WithAllOfStandby(ClusterSpec spec, Observation seen)
    {
        var now = new Situation(ProvisioningUnderTest.Cluster(spec), seen, DateTimeOffset.UnixEpoch);
        var given = seen.Postgres["cortex-s1"] with { Revision = WantedConfiguration.Revision(now, "cortex-s1") };
        return seen with { Postgres = new Dictionary<string, PostgresSeen>(seen.Postgres) { ["cortex-s1"] = given } };
    }

    private static PostgresSeen Answer(bool recovers) =>
        new() { InRecovery = recovers, SystemIdentifier = "1", Timeline = 1, Lsn = 1, Streaming = recovers };
}
