using Cortex.Chaos.Check;
using Cortex.Chaos.Record;
using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Chaos;

/// <summary>What the checker has to catch, each beside the history that differs in nothing else and is clean.</summary>
public sealed class CheckerTests
{
    private const string Old = "c-pr";
    private const string New = "c-s1";
    private static readonly Lsn Fork = new(5000);
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Rows_that_are_all_there_are_clean() => Assert.Empty(Judge([Row(1), Row(2), Row(3)], present: [1, 2, 3]).Violations);

    [Fact]
    public void A_row_that_is_missing_without_any_promotion_is_a_violation()
    {
        var verdict = Judge([Row(1), Row(2)], present: [1]);
        Assert.Contains("its timeline is in force", Assert.Single(verdict.Violations), StringComparison.Ordinal);
        Assert.Equal(1, verdict.LostUnexplained);
    }

    [Fact]
    public void A_failover_may_lose_what_had_not_arrived()
    {
        var verdict = Judge([Row(1, 4000), Row(2, 5100), Receipt(PromotionKind.Failover, lost: null), Row(3, 5200, 2)], present: [1, 3]);
        Assert.Empty(verdict.Violations);
        Assert.Equal((1, 0), (verdict.LostUnmeasured, verdict.LostExplained));
    }

    [Fact]
    public void A_switchover_may_not() =>
        Assert.Contains("the switchover c-pr -> c-s1 lost it", Only([Row(1, 4000), Row(2, 5100), Receipt(PromotionKind.Switchover, lost: 0), Row(3, 5200, 2)], present: [1, 3]), StringComparison.Ordinal);

    [Fact]
    public void A_failover_under_synchronous_replication_may_not() =>
        Assert.Contains("synchronous", Assert.Single(Judge([Row(1, 5100), Receipt(PromotionKind.Failover, lost: null)], present: [], synchronous: true).Violations), StringComparison.Ordinal);

    [Fact]
    public void A_timeline_that_began_without_a_receipt_is_a_violation_and_so_is_what_it_lost()
    {
        var verdict = Judge([Row(1, 4000), Row(2, 5100), Row(3, 5200, 2)], present: [1, 3]);
        Assert.Equal(2, verdict.Violations.Count);
        Assert.All(verdict.Violations, one => Assert.Contains("no receipt", one, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0L, true)]
    [InlineData(100L, true)]
    [InlineData(101L, false)]
    public void What_is_lost_lies_within_the_bytes_of_the_receipt(long lost, bool beyond) =>
        Assert.Equal(beyond ? 1 : 0, Judge([Row(1, 5100), Receipt(PromotionKind.Failover, lost)], present: []).Violations.Count);

    [Fact]
    public void What_a_receipt_learns_later_counts()
    {
        var verdict = Judge([Row(1, 5100), Receipt(PromotionKind.Failover, lost: null), Receipt(PromotionKind.Failover, lost: 500)], present: []);
        Assert.Empty(verdict.Violations);
        Assert.Equal((0, 1), (verdict.LostUnmeasured, verdict.LostExplained));
    }

    [Fact]
    public void A_receipt_that_tells_of_another_place_than_PostgreSQL_is_a_violation()
    {
        var receipt = Receipt(PromotionKind.Failover, lost: 0);
        Assert.Contains("it was left at 0/1388", Only([receipt with { Receipt = receipt.Receipt with { ForkLsn = "0/1000" } }], present: []), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_committed_before_the_fork_may_not_be_missing() =>
        Assert.Contains("before the fork", Only([Row(1, 4000), Row(2, 4500), Receipt(PromotionKind.Failover, lost: null)], present: [2]), StringComparison.Ordinal);

    [Fact]
    public void A_row_on_a_timeline_that_nothing_descends_from_may_not_be_missing() =>
        Assert.Contains("no ancestor", Assert.Single(Judge([Row(1, 5100, 3), Receipt(PromotionKind.Failover, lost: null)], present: []).Violations, one => one.Contains("missing", StringComparison.Ordinal)), StringComparison.Ordinal);

    [Fact]
    public void Rows_acknowledged_by_the_old_primary_after_the_new_one_are_two_writers() =>
        Assert.Contains("c-pr took writes on timeline 1", Only([Row(1, 4000), Receipt(PromotionKind.Failover, lost: null), Row(2, 5200, 2), Row(3, 4100)], present: [1, 2, 3]), StringComparison.Ordinal);

    [Fact]
    public void An_old_primary_that_only_says_that_it_is_none_is_a_second_writer_too() =>
        Assert.Contains("c-pr took writes", Only([Row(1, 4000), Receipt(PromotionKind.Failover, lost: null), Row(2, 5200, 2), Claim(3, Old, 1)], present: [1, 2]), StringComparison.Ordinal);

    [Fact]
    public void A_request_that_was_begun_before_the_new_primary_was_heard_may_be_answered_late() =>
        Assert.Empty(Judge([Row(1, 4000), Receipt(PromotionKind.Failover, lost: null), Row(2, 5200, 2), Row(3, 4100) with { BegunAt = At(1) }], present: [1, 2, 3]).Violations);

    [Fact]
    public void Two_instances_on_one_timeline_are_two_writers() =>
        Assert.Contains("timeline 2 has several writers: c-s1, c-s2", Only([Receipt(PromotionKind.Failover, lost: null), Row(2, 5200, 2), Claim(3, "c-s2", 2)], present: [2]), StringComparison.Ordinal);

    [Fact]
    public void A_receipt_that_dates_the_fence_before_the_last_row_is_a_violation() =>
        Assert.Contains("says fenced at", Only([Row(1, 4000), Row(3, 4100), Receipt(PromotionKind.Switchover, lost: 0, fenced: 2)], present: [1, 3]), StringComparison.Ordinal);

    [Fact]
    public void A_cluster_that_is_not_whole_within_the_bound_is_a_violation()
    {
        var verdict = Judge([new Whole(At(1), "nemesis", "pause", 2), new NotWhole(At(2), "nemesis", "kill-pod", 90, "c-s1 is Absent")], present: []);
        Assert.Contains("not whole 90 s after kill-pod: c-s1 is Absent", Assert.Single(verdict.Violations), StringComparison.Ordinal);
        Assert.Equal(90, verdict.LongestToWholeSeconds);
    }

    [Fact]
    public void What_was_seen_broken_on_the_way_is_a_violation() =>
        Assert.Contains("was promoted", Only([new Broken(At(1), "nemesis", "an absent standby was promoted")], present: []), StringComparison.Ordinal);

    [Fact]
    public void An_unanswered_row_may_be_there_or_not_but_a_refused_one_may_not()
    {
        var verdict = Judge([Unanswered(1), Unanswered(2)], present: [1, 7]);
        Assert.Equal((1, 1), (verdict.UnknownPresent, verdict.UnknownAbsent));
        Assert.Contains("row 7 is there, though it was refused", Assert.Single(verdict.Violations), StringComparison.Ordinal);
    }

    [Fact]
    public void The_history_file_of_a_timeline_tells_where_each_ancestor_was_left()
    {
        var ancestry = Ancestry.Parse(4, "1\t0/1388\tno recovery target specified\n\n2\t0/2710\tno recovery target specified\n");
        Assert.Equal(Fork, ancestry.Forks[1]);
        Assert.Equal([2u, 4u], [ancestry.Successor(1), ancestry.Successor(2)]);
    }

    private static string Only(Happening[] history, long[] present) => Assert.Single(Judge(history, present).Violations);

    /// <summary>Timeline 2 was left from 1 at <see cref="Fork"/>, where a promotion is among the history or the rows.</summary>
    private static Verdict Judge(Happening[] history, long[] present, bool synchronous = false)
    {
        var promoted = history.Any(one => one is Promoted or Acknowledged { Timeline: 2 });
        var ancestry = promoted ? new Ancestry(2, new Dictionary<uint, Lsn> { [1] = Fork }) : new Ancestry(1, new Dictionary<uint, Lsn>());
        return Checker.Check(history, new EndState(present.Select(number => new RowId("writer-1", number)).ToHashSet(), ancestry), synchronous);
    }

    private static DateTimeOffset At(double second) => Begin.AddSeconds(second);

    private static Acknowledged Row(long number, ulong lsn = 4000, uint timeline = 1) =>
        new(At(number + 0.5), "writer-1", number, At(number), timeline == 1 ? Old : New, timeline, new Lsn(lsn));

    private static Unanswered Unanswered(long number) => new(At(number + 0.5), "writer-1", number, At(number), "timeout");

    private static Writable Claim(double second, string instance, uint timeline) => new(At(second + 0.5), "probe", At(second), instance, timeline);

    private static Promoted Receipt(PromotionKind kind, long? lost, double? fenced = null) => new(At(0), "status", new PromotionReceipt
    {
        From = Old, To = New, Kind = kind, RequestedAt = At(0), FencedAt = fenced is { } second ? At(second) : null, Timeline = 2, ForkLsn = Fork.ToString(), LostBytes = lost,
    });
}
