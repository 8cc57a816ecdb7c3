using Cortex.Core.Planning;
using Cortex.Core.Restoring;

namespace Cortex.Core.Tests.Worlds;

/// <summary>What the engine does around the jobs of a cluster.</summary>
internal static class JobArms
{
    public static void StartJoin(Pass pass, Step.Join step)
    {
        var (instance, status) = (pass.World[step.Instance], pass.Cluster.Status!);
        instance = instance.Job is { End: null } ? Joining.Killed(instance) : instance;
        pass.Set(instance with { Volume = true, Job = new JoinJob(step.From, step.Existing, status.SystemIdentifier, status.Timeline) });
    }

    public static void FinishJoin(Pass pass, Step.FinishJoin step)
    {
        var instance = pass.World[step.Instance];
        if (instance.Job is not { End: { } end } job)
        {
            throw new StepFailed($"the job that makes {instance.Name} is gone, or runs");
        }

        if (end == JobEnd.Done && job.OldEnd is { } lsn)
        {
            pass.Decide(status => Decisions.Lost(status, instance.Name, Wal.At(lsn)), step.Says);
        }

        pass.Set(instance with { Job = null });
        var kept = pass.World.Kept;
        pass.Set(pass.World with { Kept = end == JobEnd.DataKept ? kept.Add(instance.Name) : kept.Remove(instance.Name) });
        if (end != JobEnd.Done)
        {
            throw new StepFailed($"the making of {instance.Name} ended with {end}");
        }
    }

    public static void StartRestore(Pass pass, Step.Restore step)
    {
        var request = RestoreRequest.Of(pass.World.Spec) ?? throw new BrokenInvariant($"{step.Says}, which the spec does not ask for");
        pass.Decide(status => Decisions.Restoring(status, step, request, pass.World.Now), step.Says);
        if (pass.World[step.Instance] is { Data: not null, Restored: not null, Pod: not null })
        {
            throw new BrokenInvariant($"{step.Says}, which has a pod");
        }

        pass.Set(pass.World[step.Instance] with { Volume = true, Job = null, Restore = new RestoreJob(request.Mark) });
    }

    public static void FinishRestore(Pass pass, Step.FinishRestore step)
    {
        var instance = pass.World[step.Instance];
        if (instance.Restore is not { End: { } end })
        {
            throw new StepFailed($"the job that restores {instance.Name} is gone, or runs");
        }

        if (end == JobEnd.Done)
        {
            var data = instance.Data!;
            pass.Decide(status => Decisions.Restored(status, data.System, data.Line.Number, "app", pass.World.Now), step.Says);
        }
        else if (end == JobEnd.DataKept)
        {
            pass.Decide(status => Decisions.RestoreFailed(status, "the volume has other data"), step.Says);
        }

        pass.Set(pass.World[step.Instance] with { Restore = null });
        if (end == JobEnd.Failed)
        {
            throw new StepFailed($"the restore of {instance.Name} failed");
        }
    }
}
