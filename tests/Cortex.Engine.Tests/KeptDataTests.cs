using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Engine.Act;
using Cortex.Engine.Memory;
using Cortex.Engine.Targets;
using TargetException = Cortex.Engine.Targets.TargetException;

namespace Cortex.Engine.Tests;

/// <summary>Data that join.sh kept are remembered as kept, as long as they may still exist.</summary>
public sealed class KeptDataTests
{
    private const int Kept = 65;

    private static readonly ClusterKey Key = ProvisioningUnderTest.Key;

    private readonly ProvisioningUnderTest bench = new();

    private Provisioning Provisioning => bench.Provisioning;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_copy_that_fails_after_the_data_were_removed_is_not_called_kept()
    {
        await JoinAsync(Kept, "the volume holds another database system, which is kept");
        Assert.Equal("the volume holds another database system, which is kept", Provisioning.KeptData(Key)["cortex-s1"]);

        await JoinAsync(1, "connection refused");

        Assert.Empty(Provisioning.KeptData(Key));
    }

    [Fact]
    public async Task A_new_resource_of_the_same_name_knows_nothing_of_the_data_of_its_predecessor()
    {
        await JoinAsync(Kept, "the volume holds another database system, which is kept");

        bench.Memory.Forget(Key);

        Assert.Empty(Provisioning.KeptData(Key));
    }

    [Fact]
    public async Task A_copy_that_tablespaces_prevent_is_remembered_until_it_is_tried_again()
    {
        await JoinAsync(66, "a new copy cannot be made while there are tablespaces: ts at /srv/ts");
        Assert.Equal(["cortex-s1"], Provisioning.RefusedCopies(Key));
        Assert.Empty(Provisioning.KeptData(Key));

        await JoinAsync(1, "connection refused");
        Assert.Empty(Provisioning.RefusedCopies(Key));
    }

    private async Task JoinAsync(int exitCode, string output)
    {
        bench.Answer = _ => new OneShotResult(exitCode, output);
        var seen = new Observation { Cluster = Key, Inventory = Inventory.Empty, Image = ProvisioningUnderTest.Image };
        using var pass = await bench.PassAsync(new ClusterSpec(), seen, Ct);
        await Provisioning.StartJoinAsync(pass, new Step.Join("cortex-s1", "cortex-pr"), Ct);
        await Assert.ThrowsAsync<TargetException>(
            () => Provisioning.FinishJoinAsync(pass, new Step.FinishJoin("cortex-s1", "cortex-pr"), Ct));
    }
}
