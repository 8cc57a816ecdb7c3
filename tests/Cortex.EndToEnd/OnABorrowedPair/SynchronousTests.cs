using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnABorrowedPair;

/// <summary>
/// Synchronous replication: when writes wait, when they continue, and that a failover never loses an acknowledged commit.
/// </summary>
[Trait("Story", "EveryTarget")]
public sealed class SynchronousTests(SharedClusters shared) : BorrowedPair(shared)
{
    [Fact]
    public async Task The_replication_mode_changes_by_a_reload_and_commits_wait_for_a_required_standby()
    {
        var cluster = Cluster;
        var access = Access;
        var started = await StartedAsync(cluster, access);
        await Psql.TextAsync(access.Dsn, "create table kept (number int)");

        await cluster.PatchAsync("""{"spec":{"replication":{"mode":"Synchronous"}}}""");
        await InForceAsync(cluster);
        Assert.Equal($"ANY 1 (\"{cluster.Standby}\")", await NamesAsync(cluster, access));
        await cluster.Target.FreezeAsync(cluster.Standby);
        var insert = Psql.TextAsync(access.Dsn, "insert into kept values (1)");
        await HoldsAsync(
            cluster,
            "a commit waits",
            access.DsnOf(cluster.Primary, "user=postgres dbname=postgres"),
            "select count(*) from pg_stat_activity where wait_event = 'SyncRep'",
            "1");
        await cluster.Target.ThawAsync(cluster.Standby);
        await insert;
        Assert.Equal("1", await Psql.TextAsync(access.DsnOf(cluster.Standby), "select count(*) from kept"));
        await InForceAsync(cluster);

        await cluster.PatchAsync("""{"spec":{"replication":{"mode":"Asynchronous"}}}""");
        await HoldsAsync(cluster, "commits do not wait", access.DsnOf(cluster.Primary), "show synchronous_standby_names", "");
        await cluster.UntilAsync(
            "the status does not contain it any more",
            now => now.Status!.Synchronous is null && Cluster.Condition(now.Status, ConditionTypes.Synchronous) is null);
        Assert.Equal(started.Primary, (await StartedAsync(cluster, access)).Primary);
    }

    [Fact]
    public async Task With_a_preferred_standby_writes_continue_without_it_and_a_failover_then_needs_promoteAllowDataLoss()
    {
        var (cluster, access) = (Cluster, Access);
        await cluster.PatchAsync("""{"spec":{"replication":{"mode":"Synchronous","durability":"Preferred"}}}""");
        var started = await StartedAsync(cluster, access);
        await InForceAsync(cluster);
        await Psql.TextAsync(access.Dsn, "create table kept (number int)");

        await StreamingAsync(cluster, access, allowed: false);
        await Psql.TextAsync(access.Dsn, "insert into kept values (1)");
        await HasReasonAsync(cluster, Reasons.Suspended);
        Assert.Equal("", await NamesAsync(cluster, access));
        await StreamingAsync(cluster, access, allowed: true);
        await InForceAsync(cluster);
        Assert.Equal($"ANY 1 (\"{cluster.Standby}\")", await NamesAsync(cluster, access));
        Assert.Equal(started, await StartedAsync(cluster, access));

        await StreamingAsync(cluster, access, allowed: false);
        await HasReasonAsync(cluster, Reasons.Suspended);
        await cluster.Target.FreezeAsync(cluster.Primary);
        await cluster.PromoteAsync(cluster.Standby);
        await cluster.UntilAsync(
            "the failover is blocked",
            now => Cluster.Condition(now.Status, ConditionTypes.PromotionBlocked)
                is { Status: "True", Reason: Reasons.DataLossPossible });
        await cluster.PatchAsync("""{"spec":{"promoteAllowDataLoss":true}}""");
        await cluster.PromotedAsync(cluster.Standby);
        Assert.Equal("f", await Psql.TextAsync(access.Dsn, "select pg_is_in_recovery()"));
        // The new primary has the role without LOGIN, as the old primary left it, and would refuse the old primary as its standby.
        await Psql.TextAsync(
            access.DsnOf(cluster.Standby, "user=postgres dbname=postgres"),
            "set synchronous_commit = local; alter role streaming_replica login");
    }

    internal static Task<ClusterStatus> InForceAsync(Cluster cluster) => HasReasonAsync(cluster, Reasons.InForce);

    private static Task<ClusterStatus> HasReasonAsync(Cluster cluster, string reason) => cluster.UntilAsync(
        $"the condition has the reason {reason}",
        now => now.Status?.ObservedGeneration == now.Metadata.Generation
            && Cluster.Condition(now.Status, ConditionTypes.Synchronous)?.Reason == reason);

    private static Task HoldsAsync(Cluster cluster, string what, string dsn, string query, string answer) =>
        Eventually.HoldsAsync(
            what,
            async () => await Psql.RunAsync(dsn, query) is { Succeeded: true } now && now.Output.Trim() == answer,
            cluster.DescribeAsync);

    private static Task<string> NamesAsync(Cluster cluster, Access access) =>
        Psql.TextAsync(access.DsnOf(cluster.Primary), "show synchronous_standby_names");

    private static async Task<(string Primary, string Standby)> StartedAsync(Cluster cluster, Access access)
    {
        const string started = "select pg_postmaster_start_time()";
        return (await Psql.TextAsync(access.DsnOf(cluster.Primary), started), await Psql.TextAsync(access.DsnOf(cluster.Standby), started));
    }

    /// <summary>
    /// Allows the standby to replicate, or disconnects it and prevents new connections. The commit itself does not wait for a standby.
    /// </summary>
    private static async Task StreamingAsync(Cluster cluster, Access access, bool allowed)
    {
        var superuser = access.DsnOf(cluster.Primary, "user=postgres dbname=postgres");
        await Psql.TextAsync(superuser, $"set synchronous_commit = local; alter role streaming_replica {(allowed ? "login" : "nologin")}");
        if (!allowed)
        {
            await Psql.TextAsync(superuser, "select pg_terminate_backend(pid) from pg_stat_replication");
        }
    }
}
