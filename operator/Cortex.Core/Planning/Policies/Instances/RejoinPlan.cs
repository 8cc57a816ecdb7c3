using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning.Policies.Settings;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning.Policies.Instances;

/// <summary>
/// How an instance that has data, and cannot follow the primary with them, comes to follow it:
/// <code>
///   a former primary         at rest, fenced                  Join: pgdata is taken out of use, recovered, rewound, marked as a standby's, put back;
///                                                              FinishJoin when that job has ended, and the start
///   a standby that diverged  runs, does not stream            fenced, stopped, then the same
///   a standby too far behind runs, the WAL it needs is gone   fenced, stopped, then a new copy beside the old one
/// </code>
/// Data are out of use from the first change on until they are whole and a standby's, so there is no moment at which they could be started as something
/// that they are not. Only after that is the fence lifted.
/// </summary>
internal static class RejoinPlan
{
    /// <summary>
    /// To read a former primary's data, to rewind them and to write a checkpoint for it takes the disk and the processors that clients need to come back; where no commit
    /// waits for it, they come first.
    /// </summary>
    private static readonly TimeSpan Breath = TimeSpan.FromSeconds(1);

    /// <summary>A lane for each instance that needs one. The primary takes writes when this is asked.</summary>
    public static IEnumerable<IReadOnlyList<Step>> Lanes(Situation now, string primary) => now.Wanted
        .Where(one => one != primary && JobChecks.Of(now, one, primary) is not { Runs: true })
        .Select(one => now.IsFenced(one) ? FormerPrimary(now, one, primary) : Standby(now, one, primary))
        .Where(lane => lane.Count > 0);

    /// <summary>How long a former primary is still left alone after a failover; null where it is not. In synchronous mode writes may be waiting for it.</summary>
    public static TimeSpan? Rest(Situation now, string one) =>
        now.Status.LastPromotion is { Kind: PromotionKind.Failover, WritableAt: { } since } last && last.From == one
        && now.IsFenced(one) && now.Spec.Replication.Mode == ReplicationMode.Asynchronous
        && now.Now - since is var gone && gone >= TimeSpan.Zero && gone < Breath
            ? Breath - gone
            : null;

    /// <summary>Why no new copy is made for an instance that needs one; null where none is needed or one can be made.</summary>
    public static string? WhyNoCopy(Situation now, string one) => now.Seen.CopyRefused.Contains(one) && now.Seen.Answer(now.Status.Primary) is { Tablespaces: { Count: > 0 } spaces }
        ? $"it needs a new copy, and none can be made while {now.Status.Primary} has tablespaces of its own ({QuotedText.Shorten(string.Join(", ", spaces))}): move what is in them by "
            + "ALTER TABLE ALL IN TABLESPACE … SET TABLESPACE pg_default, the same for indexes, in every database, then DROP TABLESPACE"
        : null;

    /// <summary>Why an instance's data are left as they are, though it cannot follow with them (invariant I3); null where they are not.</summary>
    public static string? WhyKept(Situation now, string one) => WhyNoCopy(now, one) ?? (now.Seen.KeptData.GetValueOrDefault(one), now.Seen.Answer(one), now.Seen.Answer(now.Status.Primary)) switch
    {
        ({ } why, _, _) => $"{why}; if it may go: {Remedy.RemoveData(now, one)}",
        (_, { } standby, { } leader) when standby.SystemIdentifier != leader.SystemIdentifier => $"its data are those of another database system, and are kept; if they may go: {Remedy.RemoveData(now, one)}",
        (_, { } standby, { } leader) when standby.Timeline > leader.Timeline => $"its data are of timeline {standby.Timeline}, later than the primary's {leader.Timeline}, and are kept; if they may go: {Remedy.RemoveData(now, one)}",
        _ => null,
    };

    private static IReadOnlyList<Step> FormerPrimary(Situation now, string one, string primary) => (now.Seen.Answer(one), now.Seen.Inventory.Pod(one)) switch
    {
        ({ InRecovery: true }, _) => [new Step.DecideRejoined(one)],
        (null, null or { IsAtRest: true }) when JobChecks.Of(now, one, primary) is not null =>
            [new Step.FinishJoin(one, primary), new Step.DecideRejoined(one), .. RestartPlan.Start(Outdated.Of(now, one), one)],
        (null, null or { IsAtRest: true }) when !now.Seen.KeptData.ContainsKey(one) && WhyNoCopy(now, one) is null && Rest(now, one) is null =>
            [new Step.CreateVolume(one), new Step.Join(one, primary, Suspicion(now, one, primary))],
        _ => [],
    };

    private static IReadOnlyList<Step> Standby(Situation now, string one, string primary)
    {
        if (now.Seen.Answer(primary) is not { } leader || WhyKept(now, one) is not null)
        {
            return [];
        }

        var (answer, reached) = (now.Seen.Answer(one), Reached(now, one));
        var why = answer is { InRecovery: false } or { Streaming: true } ? ExistingData.Trusted
            : reached is { } position && leader.History?.HasDiverged(position) == true ? ExistingData.Diverged
            : answer is not null && IsBehind(now, leader, one) ? ExistingData.Behind
            : ExistingData.Trusted;
        return why == ExistingData.Trusted ? [] :
        [
            // Whoever carries on after an interruption must not start it as it is.
            new Step.DecideFenced(one),
            new Step.StopPod(one, why == ExistingData.Diverged ? $"it has left the history of {primary}" : $"{primary} no longer has the WAL that it needs"),
            new Step.Join(one, primary, why),
        ];
    }

    /// <summary>What is fenced is not trusted, standby or not: why it was fenced went with whoever was cut off before it could be mended.</summary>
    private static ExistingData Suspicion(Situation now, string one, string primary) =>
        now.Seen.Answer(primary) is { } leader && IsBehind(now, leader, one) ? ExistingData.Behind : ExistingData.Diverged;

    /// <summary>
    /// As far as it is known to have come. One that does not even start, because its primary's history leaves out what it has replayed, says so in its control file.
    /// </summary>
    private static WalPosition? Reached(Situation now, string one) => now.Seen.Answer(one) is { } standby
        ? new WalPosition((uint)standby.Timeline, new Lsn(standby.Lsn))
        : now.Seen.Control.GetValueOrDefault(one)?.Recovered;

    /// <summary>
    /// PostgreSQL says of a slot that it is lost. Of one that was made anew it says so only when the standby has reported where it stands; the WAL that is there tells at once.
    /// </summary>
    private static bool IsBehind(Situation now, PostgresSeen leader, string one) => leader.Slots.GetValueOrDefault(Names.Slot(one)) switch
    {
        { Lost: true } => true,
        { Active: true } => false,
        _ => now.Seen.Answer(one) is not { StillReplaying: true } && Reached(now, one) is { } reached && leader.OldestWal > reached.End.Bytes,
    };
}
