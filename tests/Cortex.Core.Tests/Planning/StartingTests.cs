using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Core.Tests.Builders;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

/// <summary>
/// Servers that were just started or told to load something. No pass waits for them, and the observations that see the result follow each
/// other quickly.
/// </summary>
public sealed class StartingTests
{
    private static readonly ClusterSpec Preferred =
        new() { Replication = new() { Mode = ReplicationMode.Synchronous, Durability = Durability.Preferred } };

    /// <summary>The lists in the steps are different objects.</summary>
    private static readonly IEqualityComparer<Step> Same = EqualityComparer<Step>.Create(
        (step, other) => step?.Says == other?.Says,
        step => step.Says.GetHashCode(StringComparison.Ordinal));

    [Theory]
    [InlineData(1, 50)]
    [InlineData(5, 200)]
    [InlineData(60, 500)]
    public void A_primary_that_was_just_started_is_looked_at_often(int seconds, int milliseconds)
    {
        var plan = Plan(Cluster(null, Led()), Sound().WithPostgres(Pr, null).WithPod(Pr, Started(Pr, seconds)));

        Assert.Empty(plan.Steps);
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), plan.Holds.Min(hold => hold.LookAgain));
    }

    [Theory]
    [InlineData(1, 50)]
    [InlineData(5, 200)]
    [InlineData(60, 5000)]
    public void A_standby_that_was_just_started_is_looked_at_often(int seconds, int milliseconds)
    {
        var seen = Sound().WithPostgres(S1, Sound().Answer(S1)! with { Streaming = false }).WithPod(S1, Started(S1, seconds));
        var plan = Plan(Cluster(null, Led()), seen);

        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), plan.Holds.Min(hold => hold.LookAgain));
    }

    [Theory]
    [InlineData(5, 200)]
    [InlineData(60, 5000)]
    public void A_standby_is_looked_at_often_while_its_primary_was_just_started(int seconds, int milliseconds)
    {
        var seen = Sound().WithPostgres(S1, Sound().Answer(S1)! with { Streaming = false });
        var plan = Plan(Cluster(null, Led()), seen.WithPod(S1, Started(S1, 60)).WithPod(Pr, Started(Pr, seconds)));

        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), plan.Holds.Min(hold => hold.LookAgain));
    }

    /// <summary>The target of a promotion had stopped; clients wait.</summary>
    [Fact]
    public void A_target_that_was_just_started_is_looked_at_often()
    {
        var failover = new PromotionDecision { From = Pr, To = S1, Kind = PromotionKind.Failover, RequestedAt = Now, FencedAt = Now };
        var status = Led() with { Fenced = [Pr], Promotion = failover };
        var seen = Sound().WithPostgres(Pr, null).WithPod(Pr, Pod(Pr, PodState.Exited)).WithPostgres(S1, null).WithPod(S1, Started(S1, 1));

        Assert.Equal(TimeSpan.FromMilliseconds(50), Plan(Cluster(new() { Promote = S1 }, status), seen).Holds[0].LookAgain);
    }

    /// <summary>While its primary does not answer, what could not be a switchover would begin as a failover.</summary>
    [Theory]
    [InlineData(S1, false)]
    [InlineData(null, true)]
    [InlineData(ClusterSpec.PromoteAny, true)]
    public void A_primary_is_not_restarted_in_place_while_a_promotion_is_blocked(string? promote, bool restarted)
    {
        var seen = Sound().WithPostgres(Pr, Sound().Answer(Pr)! with { PendingRestart = ["shared_buffers"], Lsn = 1UL << 40 });
        var plan = Plan(Cluster(new() { PrimaryUpdate = PrimaryUpdate.Restart, Promote = promote }, Led()), seen);

        Assert.Equal(restarted, plan.Flat().Contains(new Step.StopPod(Pr, "shared_buffers waits for a restart")));
        Assert.Equal(
            !restarted,
            plan.Holds.Any(hold => hold.Why.Contains("until spec.promote is fulfilled or changed back", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(1, false, false)]
    [InlineData(1, true, true)]
    [InlineData(60, false, true)]
    public void Commits_go_on_waiting_for_a_standby_that_was_just_started_and_did_not_end_by_itself(int seconds, bool ended, bool suspended)
    {
        var seen = Sound(2, Preferred).WithPostgres(S1, null).WithPod(S1, Started(S1, seconds));
        var primary = seen.Answer(Pr)! with { Standbys = new Dictionary<string, long>(), SynchronousNames = SyncStandbys.Render([S1]) };
        var end = new ServerEnd(Now.AddSeconds(-2), "ended with exit code 1");
        var ends = new Dictionary<string, IReadOnlyList<ServerEnd>> { [S1] = [end] };
        seen = seen.WithPostgres(Pr, primary) with { Ends = ended ? ends : seen.Ends };
        var plan = Plan(Cluster(Preferred, Led() with { Synchronous = new() { Standbys = [S1] } }), seen);

        Assert.Equal(suspended, plan.Flat().Contains(new Step.SuspendSynchronous(Pr, [S1]), Same));
        Assert.Equal(!suspended, plan.Holds.Any(hold => hold.Policy == "release-writers"));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(60, false)]
    public void A_server_that_was_just_told_to_load_its_configuration_is_not_told_again(int seconds, bool waits)
    {
        var seen = Sound().WithPostgres(Pr, Sound().Answer(Pr)! with { Revision = "older" });
        var wanted = WantedConfiguration.Revision(new Situation(Cluster(null, Led()), seen, Now), Pr)!;
        var reloads = new Dictionary<string, ReloadSent> { [Pr] = new(wanted, Now.AddSeconds(-seconds)) };
        var plan = Plan(Cluster(null, Led()), seen with { Reloads = reloads });

        Assert.Equal(waits, plan.Holds.Any(hold => hold.Why == "cortex-pr was told to load its configuration, and has not done so yet"));
        Assert.Equal(!waits, plan.Flat().Any(step => step is Step.Configure));
    }

    [Fact]
    public void A_server_that_was_told_to_load_another_configuration_is_told_again()
    {
        var seen = Sound().WithPostgres(Pr, Sound().Answer(Pr)! with { Revision = "older" }) with
        {
            Reloads = new Dictionary<string, ReloadSent> { [Pr] = new("other", Now) },
        };

        Assert.Contains(Plan(Cluster(null, Led()), seen).Flat(), step => step is Step.Configure { Instance: Pr });
    }

    private static PodSeen Started(string instance, int secondsAgo) => Pod(instance) with { StartedAt = Now.AddSeconds(-secondsAgo) };
}
