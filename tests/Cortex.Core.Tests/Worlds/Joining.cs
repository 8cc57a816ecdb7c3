using Cortex.Core.Planning;

namespace Cortex.Core.Tests.Worlds;

/// <summary>What <c>join.sh</c> does to a volume.</summary>
internal static class Joining
{
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
