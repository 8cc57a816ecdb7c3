using Cortex.Core.Api;

namespace Cortex.Core.Planning;

/// <summary>One event for people: what happened, to whom, and why.</summary>
/// <param name="Reason">One CamelCase word of <see cref="NewsReasons"/> or <see cref="Reasons"/>, for programs.</param>
public sealed record News(bool Warning, string Reason, string Message);

/// <summary>What may have happened to a cluster. Constants of the API: tools may compare them.</summary>
public static class NewsReasons
{
    public const string Created = "Created";
    public const string Ready = "Ready";
    public const string StandbyMade = "StandbyMade";
    public const string StandbyStreaming = "StandbyStreaming";
    public const string StandbyRejoined = "StandbyRejoined";
    public const string InstanceFenced = "InstanceFenced";
    public const string PromotionStarted = "PromotionStarted";
    public const string Promoted = "Promoted";
    public const string PromotionAbandoned = "PromotionAbandoned";
    public const string SynchronousInForce = "SynchronousInForce";
    public const string SynchronousSuspended = "SynchronousSuspended";
    public const string ArchiveGap = "ArchiveGap";
    public const string VolumeGrowing = "VolumeGrowing";
    public const string VolumeNotGrown = "VolumeNotGrown";
}

/// <summary>What is worth an event, of steps that were done and of status as it changed.</summary>
public static class Newsworthy
{
    /// <summary>Null where the step is of no interest by itself.</summary>
    public static News? Of(Step step) => step switch
    {
        Step.FinishJoin one => new(false, NewsReasons.StandbyMade, $"{one.Instance} has what it needs to be a standby of {one.From}"),
        Step.DecideRejoined one => new(false, NewsReasons.StandbyRejoined, $"{one.Instance} is a standby again: what it had that the primary has not is out of the way"),
        Step.DecideFenced one => new(true, NewsReasons.InstanceFenced, $"{one.Instance} is not started as it is, because its data do not belong to the primary's history as they are; it comes back as a standby"),
        Step.BeginPromotion one => new(false, NewsReasons.PromotionStarted, Sentence(one)),
        Step.AbandonPromotion one => new(true, NewsReasons.PromotionAbandoned, $"{one.From} stays the primary: {one.Why}"),
        Step.DecideSynchronous { Known: { Standbys: { Count: > 0 } standbys } } =>
            new(false, NewsReasons.SynchronousInForce, $"every acknowledged commit is on the primary and on at least one of {string.Join(", ", standbys)}"),
        _ => null,
    };

    /// <summary>What is new in a status beside the one before it.</summary>
    public static IEnumerable<News> Between(ClusterStatus? before, ClusterStatus after)
    {
        if (before?.Primary is null && after.Primary is { } first)
        {
            yield return new(false, NewsReasons.Created, $"{first} is the first primary of this cluster");
        }

        foreach (var one in after.Instances.Where(one => one.State == InstanceStates.Streaming && StateOf(before, one.Name) is not InstanceStates.Streaming))
        {
            yield return new(false, NewsReasons.StandbyStreaming, $"{one.Name} streams from {after.Primary}");
        }

        if (Ready(after) is { } now && Ready(before)?.Status != now.Status)
        {
            if (now.Status == "True")
            {
                yield return new(false, NewsReasons.Ready, now.Message);
            }
            else if (Ready(before) is { Status: "True" })
            {
                // A standby more that is asked for, or one that is made anew, is no trouble yet.
                yield return new(now.Reason is not (Reasons.InstancesMissing or Reasons.Creating), now.Reason, now.Message);
            }
        }
    }

    private static string Sentence(Step.BeginPromotion begun)
    {
        var how = begun.Kind == PromotionKind.Switchover ? "is stopped cleanly and hands over to" : "does not answer, is stopped for good, and is followed by";
        var why = begun.Cause == PromotionCause.Update ? "so that it can be updated" : begun.Promoted ? "which somebody promoted by hand" : "as spec.promote asks";
        return $"{begun.From} {how} {begun.To}, {why}";
    }

    private static string? StateOf(ClusterStatus? status, string instance) => status?.Instances.FirstOrDefault(one => one.Name == instance)?.State;

    private static Condition? Ready(ClusterStatus? status) => status?.Conditions.FirstOrDefault(one => one.Type == ConditionTypes.Ready);
}
