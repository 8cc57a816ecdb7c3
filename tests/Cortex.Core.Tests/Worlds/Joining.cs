using Cortex.Core.Planning;

namespace Cortex.Core.Tests.Worlds;

/// <summary>How the work of <c>join.sh</c> ended: its exit code.</summary>
internal enum JobEnd
{
    Done = 0,
    Failed = 1,
    DataKept = 65,
}

/// <summary>A job that makes an instance a standby.</summary>
/// <param name="System">The database system that the instance should have.</param>
/// <param name="Timeline">The primary's, as it was when the job was started.</param>
internal sealed record JoinJob(string From, ExistingData Existing, string? System, long? Timeline)
{
    /// <summary>Null while it runs.</summary>
    public JobEnd? End { get; init; }

    /// <summary>Where the WAL of a former primary ended; null when it was none.</summary>
    public long? OldEnd { get; init; }

    /// <summary>What a plan can tell, and what the job does with it.</summary>
    public string Key => $"{From} {Existing} {Timeline} {End}";
}

/// <summary>What <c>join.sh</c> and the engine around it do to a volume.</summary>
internal static class Joining
{
    public static void Start(Pass pass, Step.Join step)
    {
        var (one, status) = (pass.World[step.Instance], pass.Cluster.Status!);
        one = one.Job is { End: null } ? Killed(one) : one;
        pass.Set(one with { Volume = true, Job = new JoinJob(step.From, step.Existing, status.SystemIdentifier, status.Timeline) });
    }

    /// <summary>The job ran to its end.</summary>
    public static Instance Worked(World world, Instance one)
    {
        var job = one.Job!;
        if (IsDone(one))
        {
            return Ended(one, JobEnd.Done);
        }

        if (IsKept(one))
        {
            return Ended(one, JobEnd.DataKept);
        }

        one = TakenOutOfUse(one);
        if (world[job.From] is not { Answers: true, Data: { } source })
        {
            return Ended(one, JobEnd.Failed);
        }

        var end = one is { OldCopy: { Standby: false } old, Unusable: false } ? old.Lsn : (long?)null;
        var rewound = one is { OldCopy: { } copy, Unusable: false } && (!copy.Standby || one.EndedCleanly);
        return Ended(one, JobEnd.Done, end) with
        {
            Data = source with { Standby = true },
            OldCopy = rewound ? null : one.OldCopy,
            Unusable = false,
            Joined = true,
        };
    }

    /// <summary>The job was ended after pg_rewind had begun, or before anything was changed.</summary>
    public static Instance Killed(Instance one)
    {
        if (one.Job is not { End: null })
        {
            return one;
        }

        return IsDone(one) || IsKept(one)
            ? Ended(one, JobEnd.Failed)
            : Ended(TakenOutOfUse(one) with { Unusable = one.Data is not null || one.Unusable }, JobEnd.Failed);
    }

    public static void Finish(Pass pass, Step.FinishJoin step)
    {
        var one = pass.World[step.Instance];
        if (one.Job is not { End: { } end } job)
        {
            throw new StepFailed($"the job that makes {one.Name} is gone, or runs");
        }

        if (end == JobEnd.Done && job.OldEnd is { } lsn)
        {
            pass.Decide(status => Decisions.Lost(status, one.Name, Wal.At(lsn)), step.Says);
        }

        pass.Set(one with { Job = null });
        pass.Set(pass.World with { Kept = end == JobEnd.DataKept ? pass.World.Kept.Add(one.Name) : pass.World.Kept.Remove(one.Name) });
        if (end != JobEnd.Done)
        {
            throw new StepFailed($"the making of {one.Name} ended with {end}");
        }
    }

    public static void ArrangeSlots(Pass pass, Step.ArrangeSlots step)
    {
        var one = pass.World[step.Instance];
        if (!one.Answers)
        {
            throw new StepFailed($"{step.Instance} does not answer");
        }

        var slots = one.Slots.RemoveRange(step.Drop).SetItems(step.Make.Select(name => KeyValuePair.Create(name, step.Reserve)));
        pass.Set(one with { Slots = slots });
    }

    private static bool IsDone(Instance one) => one.Data is { Standby: true } && (one.Job!.Existing == ExistingData.Trusted || one.Joined);

    private static bool IsKept(Instance one) =>
        one.Data is { } data && (data.System != one.Job!.System || data.Line.Number > one.Job.Timeline);

    private static Instance Ended(Instance one, JobEnd end, long? oldEnd = null) =>
        one with { Job = one.Job! with { End = end, OldEnd = oldEnd } };

    private static Instance TakenOutOfUse(Instance one)
    {
        if (one.Data is not { } data)
        {
            return one;
        }

        if (one.Pod is PodState.Running or PodState.Paused)
        {
            throw new BrokenInvariant($"{one.Name} runs on the data that are taken out of use");
        }

        return one with { OldCopy = data, Data = null, Unusable = one.Job!.Existing == ExistingData.Behind };
    }
}
