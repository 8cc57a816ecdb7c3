using Cortex.Core.Api;

namespace Cortex.Testing.Clusters;

/// <summary>The archive of a cluster, by what its primary and its status tell.</summary>
public static class Archive
{
    /// <summary>The condition <c>Archiving</c> has this status.</summary>
    public static Task<ClusterStatus> IsAsync(Cluster cluster, string status) =>
        cluster.UntilAsync(
            $"Archiving is {status}",
            now => Cluster.Condition(now.Status, ConditionTypes.Archiving) is { Reason: not Reasons.Preparing } found
                && found.Status == status);

    /// <summary>The condition <c>Archiving</c> is False for this reason, with a message that has these parts.</summary>
    public static Task<ClusterStatus> FailsAsync(Cluster cluster, string reason, params string[] parts) => cluster.UntilAsync(
        $"the condition says {reason}",
        now => Cluster.Condition(now.Status, ConditionTypes.Archiving) is { Status: "False" } condition && condition.Reason == reason
            && parts.All(part => condition.Message.Contains(part, StringComparison.Ordinal)));

    /// <summary>The primary has WAL that its standby has received and that is not in the archive: the archiver is stopped.</summary>
    public static async Task LagsAsync(Cluster cluster, Access access, string primary)
    {
        const string stop =
            "for one in /proc/[0-9]*; do if grep -qsa ^postgres:.*archiver $one/cmdline; then kill -STOP ${one#/proc/}; fi; done";
        await Podman.TextAsync("exec", $"{primary}-postgres", "sh", "-c", stop);
        for (var segment = 0; segment < 3; segment++)
        {
            await SwitchAsync(cluster, access);
        }

        var superuser = access.DsnOf(primary, "user=postgres dbname=postgres");
        Assert.Equal("t", await Psql.TextAsync(superuser, "select count(*) >= 3 from pg_ls_archive_statusdir() where name like '%.ready'"));
    }

    /// <summary>The archive works, and has this segment.</summary>
    public static Task<ClusterStatus> HasAsync(Cluster cluster, string segment = "") => cluster.UntilAsync(
        $"WAL is archived {segment}",
        now => Cluster.Is(now.Status, ConditionTypes.Archiving, "True")
            && string.CompareOrdinal(now.Status?.Backup?.Archive?.LastArchived ?? "", segment) >= 0);

    /// <summary>Waits until the archiver of the primary has begun to archive a segment.</summary>
    public static Task IsPushedAsync(Cluster cluster) => Eventually.HoldsAsync(
        "the archiver of PostgreSQL uses the repository",
        async () => (await Podman.ExecAsync(cluster.Primary, "sh", "-c", "grep -qsa '[a]rchive-push' /proc/[0-9]*/cmdline")).Succeeded,
        cluster.DescribeAsync);

    /// <summary>Completes a segment, so that there is something to archive, and returns its name.</summary>
    public static async Task<string> SwitchAsync(Cluster cluster, Access access)
    {
        var status = await cluster.StatusAsync();
        var superuser = access.DsnOf(status.Primary!, "user=postgres dbname=postgres");
        await Psql.TextAsync(superuser, "select pg_logical_emit_message(true, 'test', 'something to write')");
        return (await Psql.TextAsync(superuser, "select pg_walfile_name(pg_switch_wal())")).Trim();
    }

    /// <summary>All that was written is in the repository, and there is a backup.</summary>
    public static async Task<ClusterStatus> HasAllAsync(Cluster cluster, Access access)
    {
        var status = await cluster.StatusAsync();
        var superuser = access.DsnOf(status.Primary!, "user=postgres dbname=postgres");
        var segment = (await Psql.TextAsync(superuser, "select pg_walfile_name(pg_current_wal_lsn())")).Trim();
        await SwitchAsync(cluster, access);
        return await cluster.UntilAsync(
            $"{segment} is archived",
            now => string.Compare(now.Status?.Backup?.Archive?.LastArchived, segment, StringComparison.Ordinal) >= 0
                && now.Status?.Backup?.LatestRecoverable is not null && now.Status.Backup.LastBackup is not null);
    }
}
