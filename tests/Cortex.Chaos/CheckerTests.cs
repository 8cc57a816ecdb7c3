using Cortex.Chaos.Check;
using Cortex.Chaos.Record;
using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Chaos;

/// <summary>What the checker must detect, each beside a history that differs in nothing else and is clean.</summary>
public sealed class CheckerTests
{
    private const string Old = "c-pr";
    private const string New = "c-s1";
    private static readonly Lsn Fork = new(5000);
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_history_without_missing_rows_is_clean() => Assert.Empty(Judge([Row(1), Row(2), Row(3)], present: [1, 2, 3]).Violations);

    [Fact]
    public void A_row_that_is_missing_without_a_promotion_is_a_violation()
    {
        var verdict = Judge([Row(1), Row(2)], present: [1]);
        Assert.Contains("its timeline is the final timeline", Assert.Single(verdict.Violations), StringComparison.Ordinal);
        Assert.Equal(1, verdict.LostUnexplained);
    }

    [Fact]
    public void A_failover_may_lose_rows_that_the_standby_had_not_received()
    {
        var verdict = Judge([Row(1, 4000), Row(2, 5100), Receipt(PromotionKind.Failover, lost: null), Row(3, 5200, 2)], present: [1, 3]);
        Assert.Empty(verdict.Violations);
        Assert.Equal((1, 0), (verdict.LostUnmeasured, verdict.LostExplained));
    }

    [Fact]
    public void A_switchover_must_not_lose_a_row() =>
        Assert.Contains(
            "the switchover c-pr -> c-s1 lost it",
            Only([Row(1, 4000), Row(2, 5100), Receipt(PromotionKind.Switchover, lost: 0), Row(3, 5200, 2)], present: [1, 3]),
            StringComparison.Ordinal);

    [Fact]
    public void A_failover_under_synchronous_replication_must_not_lose_a_row() =>
        Assert.Contains(
            "synchronous",
            Assert.Single(Judge([Row(1, 5100), Receipt(PromotionKind.Failover, lost: null)], present: [], synchronous: true).Violations),
            StringComparison.Ordinal);

    [Fact]
    public void A_timeline_without_a_receipt_is_a_violation_and_so_are_its_lost_rows()
    {
        var verdict = Judge([Row(1, 4000), Row(2, 5100), Row(3, 5200, 2)], present: [1, 3]);
        Assert.Equal(2, verdict.Violations.Count);
        Assert.All(verdict.Violations, violation => Assert.Contains("no receipt", violation, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0L, true)]
    [InlineData(100L, true)]
    [InlineData(101L, false)]
    public void A_lost_row_must_be_within_the_lost_bytes_of_the_receipt(long lost, bool beyond) =>
        Assert.Equal(beyond ? 1 : 0, Judge([Row(1, 5100), Receipt(PromotionKind.Failover, lost)], present: []).Violations.Count);

    [Fact]
    public void The_latest_version_of_a_receipt_counts()
    {
        var verdict = Judge(
            [Row(1, 5100), Receipt(PromotionKind.Failover, lost: null), Receipt(PromotionKind.Failover, lost: 500)], present: []);
        Assert.Empty(verdict.Violations);
        Assert.Equal((0, 1), (verdict.LostUnmeasured, verdict.LostExplained));
    }

    [Fact]
    public void A_receipt_with_another_fork_than_PostgreSQLs_is_a_violation()
    {
        var receipt = Receipt(PromotionKind.Failover, lost: 0);
        Assert.Contains(
            "not at 0/1388",
            Only([receipt with { Receipt = receipt.Receipt with { ForkLsn = "0/1000" } }], present: []),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_that_was_committed_before_the_fork_must_not_be_missing() =>
        Assert.Contains(
            "before the fork",
            Only([Row(1, 4000), Row(2, 4500), Receipt(PromotionKind.Failover, lost: null)], present: [2]),
            StringComparison.Ordinal);

    [Fact]
    public void A_row_on_a_timeline_that_is_not_an_ancestor_must_not_be_missing() =>
        Assert.Contains(
            "not an ancestor",
            Assert.Single(
                Judge([Row(1, 5100, 3), Receipt(PromotionKind.Failover, lost: null)], present: []).Violations,
                violation => violation.Contains("missing", StringComparison.Ordinal)),
            StringComparison.Ordinal);

    [Fact]
    public void A_row_that_the_old_primary_acknowledges_after_the_new_primary_is_a_violation() =>
        Assert.Contains(
            "c-pr accepted writes on timeline 1",
            Only([Row(1, 4000), Receipt(PromotionKind.Failover, lost: null), Row(2, 5200, 2), Row(3, 4100)], present: [1, 2, 3]),
            StringComparison.Ordinal);

    [Fact]
    public void An_old_primary_that_only_claims_to_accept_writes_is_a_violation() =>
        Assert.Contains(
            "c-pr accepted writes",
            Only([Row(1, 4000), Receipt(PromotionKind.Failover, lost: null), Row(2, 5200, 2), WriterSeen(3, Old, 1)], present: [1, 2]),
            StringComparison.Ordinal);

    [Fact]
    public void A_request_that_began_before_the_first_answer_of_the_new_primary_may_be_answered_late() =>
        Assert.Empty(
            Judge(
                [Row(1, 4000), Receipt(PromotionKind.Failover, lost: null), Row(2, 5200, 2), Row(3, 4100) with { BegunAt = At(1) }],
                present: [1, 2, 3]).Violations);

    [Fact]
    public void Two_writers_on_one_timeline_are_a_violation() =>
        Assert.Contains(
            "timeline 2 has several writers: c-s1, c-s2",
            Only([Receipt(PromotionKind.Failover, lost: null), Row(2, 5200, 2), WriterSeen(3, "c-s2", 2)], present: [2]),
            StringComparison.Ordinal);

    [Fact]
    public void A_receipt_with_a_fence_before_the_last_row_is_a_violation() =>
        Assert.Contains(
            "says fenced at",
            Only([Row(1, 4000), Row(3, 4100), Receipt(PromotionKind.Switchover, lost: 0, fenced: 2)], present: [1, 3]),
            StringComparison.Ordinal);

    [Fact]
    public void A_cluster_that_does_not_recover_within_the_bound_is_a_violation()
    {
        var verdict = Judge(
            [new Recovered(At(1), "nemesis", "pause", 2), new NotRecovered(At(2), "nemesis", "kill-pod", 90, "c-s1 is Absent")],
            present: []);
        Assert.Contains("not recovered 90 s after kill-pod: c-s1 is Absent", Assert.Single(verdict.Violations), StringComparison.Ordinal);
        Assert.Equal(90, verdict.LongestRecoverySeconds);
    }

    [Fact]
    public void A_broken_promise_during_the_run_is_a_violation() =>
        Assert.Contains(
            "was promoted",
            Only([new BrokenPromise(At(1), "nemesis", "an absent standby was promoted")], present: []),
            StringComparison.Ordinal);

    [Fact]
    public void An_unanswered_row_may_be_present_and_a_refused_row_must_not_be_present()
    {
        var verdict = Judge([Unanswered(1), Unanswered(2)], present: [1, 7]);
        Assert.Equal((1, 1), (verdict.UnknownPresent, verdict.UnknownAbsent));
        Assert.Contains("row 7 is present, although it was refused", Assert.Single(verdict.Violations), StringComparison.Ordinal);
    }

    [Fact]
    public void A_restore_has_the_rows_that_were_acknowledged_before_and_none_that_was_sent_later()
    {
        Assert.Empty(Restored([1, 2]));
        Assert.Contains("lacks 1 rows that were acknowledged before", Assert.Single(Restored([1])), StringComparison.Ordinal);
        Assert.Contains("has writer-1 row 4, which was sent at 00:00:04", Assert.Single(Restored([1, 2, 4])), StringComparison.Ordinal);
        Assert.Contains("cannot be restored: no segment", Assert.Single(Restored([], "no segment")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_restore_need_not_have_a_row_that_the_cluster_has_lost() => Assert.Empty(Restored([1], present: [1, 3, 4]));

    [Fact]
    public void The_history_file_of_a_timeline_contains_the_end_of_each_ancestor()
    {
        var ancestry = Ancestry.Parse(4, "1\t0/1388\tno recovery target specified\n\n2\t0/2710\tno recovery target specified\n");
        Assert.Equal(Fork, ancestry.Forks[1]);
        Assert.Equal([2u, 4u], [ancestry.Successor(1), ancestry.Successor(2)]);
    }

    /// <summary>What is wrong with a restore to the third second of four seconds with a row each.</summary>
    private static IEnumerable<string> Restored(long[] rows, string? failure = null, long[]? present = null) => Recoverability.Violations(
        [Row(1), Row(2), Unanswered(3), Row(4)],
        new EndState(Rows(present ?? [1, 2, 3, 4]), new Ancestry(1, new Dictionary<uint, Lsn>()))
        {
            Moments = [new RestoredMoment(At(3), Rows(rows), failure)],
        });

    private static HashSet<RowId> Rows(long[] numbers) => [.. numbers.Select(number => new RowId("writer-1", number))];

    private static string Only(HistoryEvent[] history, long[] present) => Assert.Single(Judge(history, present).Violations);

    /// <summary>Timeline 2 begins at <see cref="Fork"/> of timeline 1, if the history contains a promotion or rows of timeline 2.</summary>
    private static Verdict Judge(HistoryEvent[] history, long[] present, bool synchronous = false)
    {
        var promoted = history.Any(entry => entry is Promoted or Acknowledged { Timeline: 2 });
        var ancestry = promoted ? new Ancestry(2, new Dictionary<uint, Lsn> { [1] = Fork }) : new Ancestry(1, new Dictionary<uint, Lsn>());
        return Checker.Check(
            history, new EndState(Rows(present), ancestry), synchronous);
    }

    private static DateTimeOffset At(double second) => Begin.AddSeconds(second);

    private static Acknowledged Row(long number, ulong lsn = 4000, uint timeline = 1) =>
        new(At(number + 0.5), "writer-1", number, At(number), timeline == 1 ? Old : New, timeline, new Lsn(lsn));

    private static Unanswered Unanswered(long number) => new(At(number + 0.5), "writer-1", number, At(number), "timeout");

    private static WriterSeen WriterSeen(double second, string instance, uint timeline) =>
        new(At(second + 0.5), "probe", At(second), instance, timeline);

    private static Promoted Receipt(PromotionKind kind, long? lost, double? fenced = null) => new(At(0), "status", new PromotionReceipt
    {
        From = Old, To = New, Kind = kind, RequestedAt = At(0), FencedAt = fenced is { } second
            ? At(second)
            : null, Timeline = 2, ForkLsn = Fork.ToString(), LostBytes = lost,
    });
}
