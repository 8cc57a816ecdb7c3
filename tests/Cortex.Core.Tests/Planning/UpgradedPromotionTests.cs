using System.Text.Json;
using System.Text.Json.Nodes;
using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Tests.Builders;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

/// <summary>
/// A promotion that one version of the operator began and another one finishes, and a promotion in an API server whose definition is of an
/// earlier version.
/// </summary>
public sealed class UpgradedPromotionTests
{
    private static readonly ClusterSpec Three =
        new() { Instances = 3, Promote = S1, Replication = new() { Mode = ReplicationMode.Synchronous } };

    /// <summary>
    /// The user has withdrawn the request, a standby does not answer, and the limit is over: each of these abandons what is not committed.
    /// </summary>
    [Theory]
    [InlineData(PromotionKind.Switchover, S1)]
    [InlineData(PromotionKind.Switchover, Pr)]
    [InlineData(PromotionKind.Failover, S1)]
    [InlineData(PromotionKind.Failover, Pr)]
    public void A_promotion_that_an_earlier_version_committed_is_finished(PromotionKind kind, string requested)
    {
        var status = Earlier(kind, "fencedAt: 2026-01-01T12:00:01Z");

        var steps = Plan(Cluster(Three with { Promote = requested }, status), Dead().WithPostgres(S2, null)).Flat().ToList();

        Assert.Equal(
            [typeof(Step.Fence), typeof(Step.CommitPromotion), typeof(Step.Promote), typeof(Step.CompletePromotion)],
            steps.Select(step => step.GetType()));
        var receipt = Decisions.Complete(Decisions.Apply(status, steps[1], Now, 1)!, S1, 2, null, Now).LastPromotion!;
        Assert.Equal(DateTimeOffset.Parse("2026-01-01T12:00:01Z", null), receipt.FencedAt);
    }

    [Fact]
    public void A_target_that_an_earlier_version_committed_to_may_be_promoted_by_now()
    {
        var seen = Dead().WithPostgres(S1, Writing(2));

        Assert.Equal(
            [new Step.Fence(Pr, "cortex-s1 is the primary"), new Step.CompletePromotion(S1)],
            Plan(Cluster(Three with { Promote = Pr }, Earlier(PromotionKind.Failover, "fencedAt: 2026-01-01T12:00:01Z")), seen).Flat());
    }

    [Fact]
    public void A_failover_that_an_earlier_version_only_began_is_fenced_again_before_the_standbys_are_compared() =>
        Assert.Equal(
            [new Step.Fence(Pr, "cortex-s1 is to be promoted"), new Step.RecordFence(Pr)],
            Plan(Cluster(Three, Earlier(PromotionKind.Failover, "")), Dead()).Flat());

    /// <summary>An earlier version knows fencedAt alone, and takes it for the commitment.</summary>
    [Fact]
    public void An_earlier_version_finds_the_commitment_and_does_not_take_the_fence_for_it()
    {
        var begun = Decisions.Begin(Led(), new(Pr, S1, PromotionKind.Failover), Now);
        var fenced = Decisions.FenceSeen(begun, Now.AddSeconds(1));
        var committed = Decisions.Commit(fenced, Now.AddSeconds(2));

        Assert.Null(Json(Decisions.HandedOver(begun, Now))["fencedAt"]);
        Assert.Null(Json(fenced)["fencedAt"]);
        Assert.Equal(Now.AddSeconds(1), Json(committed)["fencedAt"]!.GetValue<DateTimeOffset>());
    }

    /// <summary>Helm, for one, does not upgrade a definition. The API server drops the fields that the definition lacks.</summary>
    [Fact]
    public void Where_the_definition_is_older_a_commitment_is_known_all_the_same()
    {
        var json = Json(Decisions.Commit(Decisions.Begin(Led(), new(Pr, S1, PromotionKind.Switchover), Now), Now));
        Assert.True(json.Remove("stoppedAt") && json.Remove("committedAt"));

        Assert.True(json.Deserialize<PromotionDecision>(JsonSerializerOptions.Web)!.IsCommitted);
    }

    [Fact]
    public void The_fence_alone_is_not_a_commitment()
    {
        var begun = Decisions.Begin(Led(), new(Pr, S1, PromotionKind.Switchover), Now);

        Assert.False(Decisions.FenceSeen(begun, Now).Promotion!.IsCommitted);
        Assert.False(Decisions.HandedOver(begun, Now).Promotion!.IsCommitted);
        Assert.True(Decisions.Commit(begun, Now).Promotion!.IsCommitted);
        Assert.True(Decisions.Promoted(begun, Now).Promotion!.IsCommitted);
    }

    private static Observation Dead() => Sound(3).WithPostgres(Pr, null).WithPod(Pr, Pod(Pr, PodState.Exited));

    private static JsonObject Json(ClusterStatus status)
    {
        var json = JsonSerializer.SerializeToNode(status.Promotion, JsonSerializerOptions.Web)!.AsObject();
        foreach (var absent in json.Where(field => field.Value is null).Select(field => field.Key).ToList())
        {
            json.Remove(absent);
        }

        return json;
    }

    /// <summary>A status as the version before wrote it, which had no other fact of a fence or of a commitment than fencedAt.</summary>
    private static ClusterStatus Earlier(PromotionKind kind, string fact) => Yaml.Cluster(
        $"""
        metadata: {"{name: cortex}"}
        spec: {"{}"}
        status:
          observedGeneration: 2
          phase: Promoting
          primary: cortex-pr
          timeline: 1
          systemIdentifier: "{Builders.Given.System}"
          fenced: [cortex-pr]
          synchronous: {"{standbys: [cortex-s1, cortex-s2], suspended: false}"}
          promotion:
            from: cortex-pr
            to: cortex-s1
            kind: {kind}
            cause: Requested
            requestedAt: 2026-01-01T11:59:59Z
            begunAt: 2026-01-01T12:00:00Z
            lastWriteAt: 2026-01-01T12:00:00.5Z
            {fact}
        """).Status!;
}
