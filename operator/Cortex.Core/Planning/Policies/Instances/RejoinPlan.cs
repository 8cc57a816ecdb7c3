using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning.Policies.Settings;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning.Policies.Instances;

/// <summary>
/// How an instance follows the primary again that has data and cannot follow with them:
/// <code>
///   a former primary          at rest, fenced                  Join: pgdata is renamed, recovered, rewound, marked as a standby's
///                                                              and renamed back; FinishJoin when that job has ended; the start
///   a standby that diverged   runs, does not stream            fenced, stopped, then the same
///   a standby too far behind  runs, the WAL it needs is gone   fenced, stopped, then it replays the WAL from the archive; where that
///                                                              does not have it, a new copy beside the old one
/// </code>
/// From the first change on, the data are out of use until they are complete and those of a standby. So they cannot be started as those of
/// a primary at any moment. Only after that is the fence lifted.
/// </summary>
internal static class RejoinPlan
{
    /// <summary>
    /// To read a former primary's data, to rewind them and to write a checkpoint for the rewind takes the disk and the processors that
    /// clients need to reconnect. If no commit waits for the former primary, clients come first for this time.
    /// </summary>
    private static readonly TimeSpan RejoinDelay = TimeSpan.FromSeconds(1);

    /// <summary>The steps for each instance that needs a rejoin. Asked only while the primary accepts writes.</summary>
    public static IEnumerable<IReadOnlyList<Step>> Lanes(Situation now, string primary) => now.Members
        .Where(instance => instance != primary && JobChecks.Of(now, instance, primary) is not { Runs: true })
        .Select(instance => now.IsFenced(instance) ? FormerPrimary(now, instance, primary) : Standby(now, instance, primary))
        .Where(lane => lane.Count > 0);

    /// <summary>
    /// How long the rejoin of a former primary still waits after a failover; null where it does not wait. In synchronous mode commits may
    /// need it.
    /// </summary>
    public static TimeSpan? RemainingDelay(Situation now, string instance) =>
        now.Status.LastPromotion is { Kind: PromotionKind.Failover, WritableAt: { } since } last && last.From == instance
        && now.IsFenced(instance) && now.Spec.Replication.Mode == ReplicationMode.Asynchronous
        && now.Now - since is var gone && gone >= TimeSpan.Zero && gone < RejoinDelay
            ? RejoinDelay - gone
            : null;

    /// <summary>Why no new copy is made for an instance that needs one; null where none is needed or one can be made.</summary>
    public static string? WhyNoCopy(Situation now, string instance) => now.Seen.CopyRefused.Contains(instance)
        && now.Seen.Answer(now.Status.Primary) is { Tablespaces: { Count: > 0 } spaces }
            ? $"it needs a new copy, and none can be made while {now.Status.Primary} has tablespaces of its own "
                + $"({QuotedText.Shorten(string.Join(", ", spaces))}): move what is in them by "
                + "ALTER TABLE ALL IN TABLESPACE … SET TABLESPACE pg_default, the same for indexes, in every database, then DROP TABLESPACE"
            : null;

    /// <summary>
    /// Why an instance's data are left as they are, although it cannot follow with them (invariant I3); null where they are not.
    /// </summary>
    public static string? WhyKept(Situation now, string instance) => WhyNoCopy(now, instance)
        ?? (now.Seen.KeptData.GetValueOrDefault(instance) is { } why ? $"{why}; if it may go: {Remedy.RemoveData(now, instance)}" : null)
        ?? (WhyOther(now, instance) is { } other ? $"{other}, and are kept; if they may go: {Remedy.RemoveData(now, instance)}" : null);

    private static string? WhyOther(Situation now, string instance) =>
        (now.Seen.Answer(instance), now.Seen.Answer(now.Status.Primary)) switch
        {
            ({ } standby, { } leader) when standby.SystemIdentifier != leader.SystemIdentifier =>
                "its data are those of another database system",
            ({ } standby, { } leader) when standby.Timeline > leader.Timeline =>
                $"its data are of timeline {standby.Timeline}, later than the primary's {leader.Timeline}",
            _ => null,
        };

    private static IReadOnlyList<Step> FormerPrimary(Situation now, string instance, string primary) =>
        (now.Seen.Answer(instance), now.Seen.Inventory.Pod(instance)) switch
        {
            ({ InRecovery: true }, _) => [new Step.DecideRejoined(instance)],
            (null, null or { IsAtRest: true }) when JobChecks.Of(now, instance, primary) is not null =>
            [
                new Step.FinishJoin(instance, primary),
                new Step.DecideRejoined(instance),
                .. RestartPlan.Start(Outdated.Of(now, instance), instance),
            ],
            (null, null or { IsAtRest: true }) when MayJoin(now, instance) =>
                [new Step.CreateVolume(instance), Join(now, instance, primary, Suspicion(now, instance, primary))],
            _ => [],
        };

    private static bool MayJoin(Situation now, string instance) =>
        !now.Seen.KeptData.ContainsKey(instance) && WhyNoCopy(now, instance) is null && RemainingDelay(now, instance) is null;

    private static IReadOnlyList<Step> Standby(Situation now, string instance, string primary)
    {
        if (now.Seen.Answer(primary) is not { } leader || WhyKept(now, instance) is not null)
        {
            return [];
        }

        var (answer, reached) = (now.Seen.Answer(instance), Reached(now, instance));
        var why = answer is { AcceptsWrites: true } or { Streaming: true } ? ExistingData.Trusted
            : reached is { } position && leader.History?.HasDiverged(position) == true ? ExistingData.Diverged
            : answer is not null && IsBehind(now, leader, instance) ? ExistingData.Behind
            : ExistingData.Trusted;
        var reason = why == ExistingData.Diverged
            ? $"it has left the history of {primary}"
            : $"{primary} no longer has the WAL that it needs";
        return why == ExistingData.Trusted ? [] :
        [
            // After an interruption the instance must not be started as it is.
            new Step.DecideFenced(instance),
            new Step.StopPod(instance, reason),
            Join(now, instance, primary, why),
        ];
    }

    private static Step.Join Join(Situation now, string instance, string primary, ExistingData existing) =>
        new(instance, primary, existing)
        {
            Archive = ArchiveChecks.UseFor(
                now, primary, existing == ExistingData.Behind ? Reached(now, instance)?.End : null, now.IsFenced(instance)),
        };

    /// <summary>What is fenced is not trusted, standby or not: why it was fenced is not known after an interruption.</summary>
    private static ExistingData Suspicion(Situation now, string instance, string primary) =>
        now.Seen.Answer(primary) is { } leader && IsBehind(now, leader, instance) ? ExistingData.Behind : ExistingData.Diverged;

    /// <summary>
    /// How far it is known to have replayed. A standby that does not even start, because its primary's history does not contain what it has
    /// replayed, has the position in its control file.
    /// </summary>
    private static WalPosition? Reached(Situation now, string instance) => now.Seen.Answer(instance) is { } standby
        ? new WalPosition((uint)standby.Timeline, new Lsn(standby.Lsn))
        : now.Seen.Control.GetValueOrDefault(instance)?.Recovered;

    /// <summary>
    /// PostgreSQL reports that a slot is lost. For a slot that was created again it does so only when the standby has reported its
    /// position; the WAL that the primary still has shows it at once.
    /// </summary>
    private static bool IsBehind(Situation now, PostgresSeen leader, string instance) =>
        leader.Slots.GetValueOrDefault(Names.Slot(instance)) switch
        {
            { Lost: true } => true,
            { Active: true } => false,
            _ => now.Seen.Answer(instance) is not { StillReplaying: true }
                && Reached(now, instance) is { } reached
                && leader.OldestWal > reached.End.Bytes,
        };
}
