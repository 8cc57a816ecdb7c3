using Cortex.Core.Api;

namespace Cortex.Core.Planning;

/// <summary>What a promotion means for the subscribers of users' logical slots.</summary>
internal static class SlotReport
{
    /// <summary>Null where the primary has no such slots, or does not answer, or there is no standby to promote.</summary>
    public static (string Status, string Reason, string Message)? Of(ReportFacts facts)
    {
        if (facts is not { Now.Leader.LogicalSlots: { Count: > 0 } slots, Standbys: { Count: > 0 } standbys })
        {
            return null;
        }

        var primary = facts.Now.Status.Primary;
        var alone = slots.Keys
            .Where(slot => !standbys.All(standby => facts.Now.Seen.Answer(standby)?.LogicalSlots.GetValueOrDefault(slot) == true))
            .Order(StringComparer.Ordinal).ToList();
        return alone.Count == 0
            ? ("True", Reasons.OnEveryStandby, "every logical replication slot is on every standby, too, and survives a promotion")
            : (
                "False",
                Reasons.OnThePrimaryAlone,
                $"these logical slots of {primary} are lost in a promotion; their subscribers must be synchronized again: "
                    + $"{string.Join(", ", alone)}. With PostgreSQL 17 and later the slots follow when they are created with "
                    + "failover => true, and spec.postgres.parameters has sync_replication_slots: on and wal_level: logical");
    }
}
