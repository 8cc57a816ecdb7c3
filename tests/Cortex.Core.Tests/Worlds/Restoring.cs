using Cortex.Core.Backup;
using Cortex.Core.Planning;
using Cortex.Core.Restoring;

namespace Cortex.Core.Tests.Worlds;

/// <summary>What <c>restore.sh</c> does to a volume.</summary>
internal static class Restoring
{
    public const string System = "the restored system";

    private static readonly BackupSeen Backup = new(
        "20260101-100000F",
        "full",
        DateTimeOffset.UnixEpoch,
        DateTimeOffset.UnixEpoch,
        "000000010000000000000002",
        "000000010000000000000003",
        1,
        1,
        false);

    /// <summary>What a look at the repository tells.</summary>
    public static RestoreSourceSeen? Source(World world) =>
        world.Spec.Bootstrap is null
        || world.Status?.SystemIdentifier is not null
        || world.Instances.Values.Any(one => one.Restore is not null)
            ? null
            : new("backups", "/folder", new RepositorySeen(true, [Backup], null));

    public static JobSeen Seen(Instance one) => new(one.Name, one.Name, 0, (int?)one.Restore!.End)
    {
        Restore = one.Restore.Mark,
        Revision = one.Written,
    };

    /// <summary>The job ran to its end. Data that are there stay as they are.</summary>
    public static Instance Worked(Instance one) => one switch
    {
        { Data: null } => one with
        {
            Data = new Data(System, new Line(2, new Line(1, null, 0), 100), 100, Standby: false),
            Restored = one.Restore!.Mark,
            Restore = one.Restore with { End = JobEnd.Done },
        },
        _ => one with { Restore = one.Restore! with { End = one.Restored == one.Restore.Mark ? JobEnd.Done : JobEnd.DataKept } },
    };

    /// <summary>The job was ended before its data were put in their place.</summary>
    public static Instance Killed(Instance one) =>
        one.Restore is { End: null } ? one with { Restore = one.Restore with { End = JobEnd.Failed } } : one;
}
