using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

/// <summary>What the deciding steps write into the status.</summary>
public sealed class DecisionsTests
{
    [Fact]
    public void Decisions_keep_what_they_are_not_about()
    {
        var status = Led() with { PostgresVersion = "17.6", Fenced = [S2] };
        var begun = Decisions.Begin(status, new(Pr, S1, PromotionKind.Failover), Now);
        var committed = Decisions.Promoted(Decisions.Commit(begun, Now.AddSeconds(1)), Now.AddSeconds(2));
        var done = Decisions.Complete(committed, S1, 2, Lsn.Parse("0/3000148"), Now.AddSeconds(3));

        Assert.Equal([S2, Pr], begun.Fenced);
        Assert.False(begun.Promotion!.IsCommitted);
        Assert.Equal((S1, 2L, null, "17.6"), (done.Primary, done.Timeline, done.Promotion, done.PostgresVersion));
        Assert.Equal(
            new PromotionReceipt
            {
                From = Pr,
                To = S1,
                Kind = PromotionKind.Failover,
                RequestedAt = Now,
                BegunAt = Now,
                FencedAt = Now.AddSeconds(1),
                PromotedAt = Now.AddSeconds(2),
                WritableAt = Now.AddSeconds(3),
                Timeline = 2,
                ForkLsn = "0/3000148",
            },
            done.LastPromotion);
        Assert.Equal([done.LastPromotion!], done.PromotionHistory);
        Assert.Equal(56, Decisions.Lost(done, Pr, Lsn.Parse("0/3000180")).LastPromotion!.LostBytes);
        Assert.Same(done, Decisions.Lost(done, S1, Lsn.Parse("0/3000180")));
        Assert.Equal([S2], Decisions.Abandon(begun, new(Pr, "why"), 3).Fenced);
        Assert.Equal(new AbandonedPromotion(S1, 3, "why"), Decisions.Abandon(begun, new(Pr, "why"), 3).AbandonedPromotion);
        Assert.Empty(Decisions.Primary(status, S2).Fenced);
        Assert.Equal([S2, S1], Decisions.Fenced(Decisions.Fenced(status, S1), S1).Fenced);
    }

    [Fact]
    public void The_earliest_report_of_the_last_write_counts_and_the_gap_begins_there()
    {
        var begun = Decisions.Begin(Led(), new(Pr, S1, PromotionKind.Failover), Now);
        var fenced = Decisions.Wrote(begun, Pr, Now.AddSeconds(3));
        var died = Decisions.Wrote(fenced, Pr, Now.AddSeconds(1));

        Assert.Equal(Now.AddSeconds(3), fenced.Promotion!.LastWriteAt);
        Assert.Equal(4000, Decisions.Complete(died, S1, 2, null, Now.AddSeconds(5)).LastPromotion!.WriteGapMs);
        Assert.Same(died, Decisions.Wrote(died, Pr, Now.AddSeconds(2)));
        Assert.Same(died, Decisions.Wrote(died, Pr, null));
        Assert.Same(died, Decisions.Wrote(died, S2, Now));
        Assert.Null(Decisions.Complete(begun, S1, 2, null, Now.AddSeconds(5)).LastPromotion!.WriteGapMs);
    }
}
