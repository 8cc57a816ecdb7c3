using Cortex.Core.Naming;

namespace Cortex.Core.Planning.Policies.Instances;

/// <summary>
/// Every instance has a replication slot for every other one, so that after a promotion no standby waits for the operator. On the primary a
/// slot keeps WAL for a standby that is away, up to max_slot_wal_keep_size; on a standby it keeps none, because nothing would consume it.
/// </summary>
internal static class ArrangeSlots
{
    public static Verdict Decide(Situation now)
    {
        List<IReadOnlyList<Step>> lanes =
        [
            .. now.Seen.Postgres.Where(pair => !now.IsFenced(pair.Key))
                .Select(pair => Of(now, pair.Key, pair.Value))
                .Where(lane => lane.Count > 0),
        ];
        return lanes.Count > 0 ? Verdict.DoAndLook(new Step.Together(lanes)) : Verdict.Nothing;
    }

    private static IReadOnlyList<Step> Of(Situation now, string instance, PostgresSeen seen)
    {
        var wanted = now.Members.Where(member => member != instance).Select(Names.Slot).ToHashSet();
        // A lost slot shows that its standby needs a new copy. It is replaced before that copy is begun.
        var make = wanted.Where(name => !seen.Slots.TryGetValue(name, out var slot)
            || (!slot.Active && !slot.Lost && slot.Reserved == seen.InRecovery));
        var ours = Names.Instances(now.Name, Membership.MostInstances).Select(Names.Slot);
        var drop = ours.Where(name => !wanted.Contains(name) && seen.Slots.TryGetValue(name, out var slot) && !slot.Active);
        var step = new Step.ArrangeSlots(instance, [.. make], [.. drop], Reserve: seen.AcceptsWrites);
        return step is { Make.Count: 0, Drop.Count: 0 } ? [] : [step];
    }
}
