using Cortex.Core.Planning;

namespace Cortex.Core.Tests.Worlds;

/// <summary>What <c>join.sh</c> and the engine around it do to a volume.</summary>
internal static class Joining
{
    public static void Whole(Pass pass, Step.Join step)
    {
        var one = pass.World[step.Instance] with { Volume = true };
        pass.Set(one);
        if (one.Data is { Standby: true } && (step.Existing == ExistingData.Trusted || one.Joined))
        {
            return;
        }

        one = TakenOutOfUse(pass, one, step);
        if (pass.World[step.From] is not { Answers: true, Data: { } source })
        {
            throw new StepFailed("the primary does not accept connections");
        }

        if (one.OldCopy is { Standby: false } old && !one.Unusable)
        {
            pass.Decide(status => Decisions.Lost(status, one.Name, Wal.At(old.Lsn)), step.Says);
        }

        var rewound = one is { OldCopy: { } copy, Unusable: false } && (!copy.Standby || one.EndedCleanly);
        pass.Set(one with { Data = source with { Standby = true }, OldCopy = rewound ? null : one.OldCopy, Unusable = false, Joined = true });
        pass.Set(pass.World with { Kept = pass.World.Kept.Remove(one.Name) });
    }

    /// <summary>Cut off after pg_rewind has begun, or before anything was changed.</summary>
    public static void Half(Pass pass, Step.Join step)
    {
        var one = pass.World[step.Instance] with { Volume = true };
        if (one.Data is not { Standby: true } || (step.Existing != ExistingData.Trusted && !one.Joined))
        {
            pass.Set(TakenOutOfUse(pass, one, step) with { Unusable = one.Data is not null || one.Unusable });
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

    private static Instance TakenOutOfUse(Pass pass, Instance one, Step.Join step)
    {
        if (one.Data is not { } data)
        {
            return one;
        }

        var status = pass.Cluster.Status!;
        if (data.System != status.SystemIdentifier || data.Line.Number > status.Timeline)
        {
            pass.Set(pass.World with { Kept = pass.World.Kept.Add(one.Name) });
            throw new StepFailed("the volume holds data that are kept");
        }

        if (one.Pod is PodState.Running or PodState.Paused)
        {
            throw new BrokenInvariant($"{one.Name} runs on the data that are taken out of use");
        }

        one = one with { OldCopy = data, Data = null, Unusable = step.Existing == ExistingData.Behind };
        pass.Set(one);
        return one;
    }
}
