using Cortex.Core.Planning;

namespace Cortex.Core.Tests.Worlds;

/// <summary>What <c>join.sh</c> does to a volume.</summary>
internal static class Joining
{
    /// <summary>The job ran to its end.</summary>
    public static Instance Worked(World world, Instance instance)
    {
        var job = instance.Job!;
        if (IsDone(instance))
        {
            return Ended(instance, JobEnd.Done);
        }

        if (IsKept(instance))
        {
            return Ended(instance, JobEnd.DataKept);
        }

        instance = TakenOutOfUse(instance);
        if (world[job.From] is not { Answers: true, Data: { } source })
        {
            return Ended(instance, JobEnd.Failed);
        }

        var end = instance is { OldCopy: { Standby: false } old, Unusable: false } ? old.Lsn : (long?)null;
        var rewound = instance is { OldCopy: { } copy, Unusable: false } && (!copy.Standby || instance.EndedCleanly);
        return Ended(instance, JobEnd.Done, end) with
        {
            Data = source with { Standby = true },
            OldCopy = rewound ? null : instance.OldCopy,
            Unusable = false,
            Joined = true,
        };
    }

    /// <summary>The job was ended after pg_rewind had begun, or before anything was changed.</summary>
    public static Instance Killed(Instance instance)
    {
        if (instance.Job is not { End: null })
        {
            return instance;
        }

        return IsDone(instance) || IsKept(instance)
            ? Ended(instance, JobEnd.Failed)
            : Ended(TakenOutOfUse(instance) with { Unusable = instance.Data is not null || instance.Unusable }, JobEnd.Failed);
    }

    private static bool IsDone(Instance instance) =>
        instance.Data is { Standby: true } && (instance.Job!.Existing == ExistingData.Trusted || instance.Joined);

    private static bool IsKept(Instance instance) =>
        instance.Data is { } data && (data.System != instance.Job!.System || data.Line.Number > instance.Job.Timeline);

    private static Instance Ended(Instance instance, JobEnd end, long? oldEnd = null) =>
        instance with { Job = instance.Job! with { End = end, OldEnd = oldEnd } };

    private static Instance TakenOutOfUse(Instance instance)
    {
        if (instance.Data is not { } data)
        {
            return instance;
        }

        if (instance.Pod is PodState.Running or PodState.Paused)
        {
            throw new BrokenInvariant($"{instance.Name} runs on the data that are taken out of use");
        }

        return instance with { OldCopy = data, Data = null, Unusable = instance.Job!.Existing == ExistingData.Behind };
    }
}
