using Cortex.Core.Backup;
using Cortex.Core.Planning;
using Cortex.Core.Restoring;

namespace Cortex.Core.Tests.Worlds;

/// <summary>A job that restores a backup.</summary>
internal sealed record RestoreJob(string Mark)
{
    /// <summary>Null while it runs.</summary>
    public JobEnd? End { get; init; }
}

/// <summary>What <c>restore.sh</c> and the engine around it do to a volume.</summary>
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

    public static void Start(Pass pass, Step.Restore step)
    {
        var request = RestoreRequest.Of(pass.World.Spec) ?? throw new BrokenInvariant($"{step.Says}, which the spec does not ask for");
        pass.Decide(status => Decisions.Restoring(status, step, request, pass.World.Now), step.Says);
        if (pass.World[step.Instance] is { Data: not null, Restored: not null, Pod: not null })
        {
            throw new BrokenInvariant($"{step.Says}, which has a pod");
        }

        pass.Set(pass.World[step.Instance] with { Volume = true, Job = null, Restore = new RestoreJob(request.Mark) });
    }

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

    public static void Finish(Pass pass, Step.FinishRestore step)
    {
        var one = pass.World[step.Instance];
        if (one.Restore is not { End: { } end })
        {
            throw new StepFailed($"the job that restores {one.Name} is gone, or runs");
        }

        if (end == JobEnd.Done)
        {
            pass.Decide(status => Decisions.Restored(status, one.Data!.System, one.Data.Line.Number, "app", pass.World.Now), step.Says);
        }
        else if (end == JobEnd.DataKept)
        {
            pass.Decide(status => Decisions.RestoreFailed(status, "the volume has other data"), step.Says);
        }

        pass.Set(pass.World[step.Instance] with { Restore = null });
        if (end == JobEnd.Failed)
        {
            throw new StepFailed($"the restore of {one.Name} failed");
        }
    }
}
