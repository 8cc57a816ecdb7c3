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
        || world.Instances.Values.Any(instance => instance.Restore is not null)
            ? null
            : new("backups", "/folder", new RepositorySeen(true, [Backup], null));

    public static JobSeen Seen(Instance instance) =>
        JobSeen.OfRestore(instance.Name, instance.Restore!.Mark, (int?)instance.Restore.End) with { Revision = instance.Written };

    /// <summary>The job ran to its end. Data that are there stay as they are.</summary>
    public static Instance Worked(Instance instance) => instance switch
    {
        { Data: null } => instance with
        {
            Data = new Data(System, new Line(2, new Line(1, null, 0), 100), 100, Standby: false),
            Restored = instance.Restore!.Mark,
            Restore = instance.Restore with { End = JobEnd.Done },
        },
        _ => instance with
        {
            Restore = instance.Restore! with { End = instance.Restored == instance.Restore.Mark ? JobEnd.Done : JobEnd.DataKept },
        },
    };

    /// <summary>The job was ended before its data were put in their place.</summary>
    public static Instance Killed(Instance instance) =>
        instance.Restore is { End: null } ? instance with { Restore = instance.Restore with { End = JobEnd.Failed } } : instance;
}
