using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>A volume on a small disk of its own.</summary>
public sealed class FullVolumeTests(SharedClusters shared) : OwnCluster(shared)
{
    private const long LittleSpace = 100L << 20;

    [Fact]
    public async Task A_volume_that_fills_up_is_reported_while_PostgreSQL_still_works_and_until_there_is_space_again()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "a small disk is mounted from a file, which needs root");
        await using var cluster = Operator.NewCluster();
        await using var disks = await SmallDisks.CreateAsync(cluster.Name, instances: 1);
        var primary = Names.Instance(cluster.Name, 0);
        await cluster.ApplyAsync("instances: 1");
        await cluster.ReadyAsync();
        await cluster.UntilAsync("there is space", now => Cluster.Is(now.Status, ConditionTypes.DiskFull, "False"));

        await disks.FillAsync(primary, LittleSpace);
        var full = await cluster.UntilAsync(
            "little space is reported", now => Cluster.Is(now.Status, ConditionTypes.DiskFull, "True"));
        Assert.True(Cluster.Is(full, ConditionTypes.Ready, "True"));
        Assert.True(full.Instances.Single() is { Disk: { Low: true, FreeBytes: > 0 and < 2 * LittleSpace } });
        var condition = full.Conditions.Single(found => found.Type == ConditionTypes.DiskFull);
        Assert.Contains($"are left for {primary}", condition.Message, StringComparison.Ordinal);
        Assert.Contains(await Operator.EventsAsync(cluster.Name), told => told is { Type: "Warning", Reason: "DiskFull" });

        disks.Free(primary);
        await cluster.UntilAsync("there is space again", now => Cluster.Is(now.Status, ConditionTypes.DiskFull, "False"));
    }
}
