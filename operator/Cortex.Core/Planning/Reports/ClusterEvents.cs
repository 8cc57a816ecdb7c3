using Cortex.Core.Api;

namespace Cortex.Core.Planning;

/// <summary>One event for people: what happened, to which instance, and why.</summary>
/// <param name="Reason">One CamelCase word of <see cref="EventReasons"/> or <see cref="Reasons"/>, for programs.</param>
public sealed record ClusterEvent(bool Warning, string Reason, string Message);

/// <summary>What may happen to a cluster. Constants of the API: tools may compare them.</summary>
public static class EventReasons
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
    public const string Restored = "Restored";
    public const string ArchiveGap = "ArchiveGap";
    public const string DiskFull = "DiskFull";
    public const string VolumeGrowing = "VolumeGrowing";
    public const string VolumeNotGrown = "VolumeNotGrown";
    public const string EarlierBackups = "EarlierBackups";
    public const string BackupStarted = "BackupStarted";
    public const string BackupCompleted = "BackupCompleted";
    public const string BackupFailed = "BackupFailed";
    public const string BackupVerified = "BackupVerified";
    public const string VerificationFailed = "VerificationFailed";
    public const string VerificationSkipped = "VerificationSkipped";
}

/// <summary>The events for steps that were done, and for a status that changed.</summary>
public static class ClusterEvents
{
    /// <summary>Null for a step without an event.</summary>
    public static ClusterEvent? Of(Step step) => step switch
    {
        Step.FinishJoin join => new(
            false, EventReasons.StandbyMade, $"the data of {join.Instance} are ready; it can start as a standby of {join.From}"),
        Step.DecideRejoined decideRejoined => new(
            false,
            EventReasons.StandbyRejoined,
            $"{decideRejoined.Instance} has rejoined as a standby; any changes missing on the primary were discarded"),
        Step.DecideFenced fenced => new(
            true,
            EventReasons.InstanceFenced,
            $"{fenced.Instance} is not started as it is, because its data do not belong to the primary's history; "
                + "it comes back as a standby"),
        Step.BeginPromotion beginPromotion => new(false, EventReasons.PromotionStarted, Sentence(beginPromotion)),
        Step.AbandonPromotion given => new(true, EventReasons.PromotionAbandoned, $"{given.From} stays the primary: {given.Why}"),
        Step.DecideSynchronous { Known: { Standbys: { Count: > 0 } standbys } } =>
            new(
                false,
                EventReasons.SynchronousInForce,
                $"every acknowledged commit is on the primary and on at least one of {string.Join(", ", standbys)}"),
        _ => null,
    };

    /// <summary>The events for the differences between a status and the one before it.</summary>
    public static IEnumerable<ClusterEvent> Between(ClusterStatus? before, ClusterStatus after)
    {
        if (before?.Primary is null && after.Primary is { } first)
        {
            yield return new(false, EventReasons.Created, $"{first} is the first primary of this cluster");
        }

        var streaming = after.Instances.Where(instance => instance.State == InstanceStates.Streaming);
        foreach (var standby in streaming.Where(instance => StateOf(before, instance.Name) is not InstanceStates.Streaming))
        {
            yield return new(false, EventReasons.StandbyStreaming, $"{standby.Name} streams from {after.Primary}");
        }

        if (Find(after, ConditionTypes.DiskFull) is { Status: "True" } full && Find(before, ConditionTypes.DiskFull)?.Status != "True")
        {
            yield return new(true, EventReasons.DiskFull, full.Message);
        }

        if (after.Backup is { EarlierFolders: [var folder, ..] } && before?.Backup is not { EarlierFolders: [_, ..] })
        {
            yield return new(false, EventReasons.EarlierBackups, $"{folder} has backups of an earlier cluster of this name");
        }

        if (Ready(after) is not { } now)
        {
            yield break;
        }

        if (now.Reason is Reasons.RestoreRefused or Reasons.RestoreFailed && Ready(before)?.Reason != now.Reason)
        {
            // Ready was False before, too; but without an edit this restore will never be done.
            yield return new(true, now.Reason, now.Message);
        }
        else if (Ready(before)?.Status != now.Status)
        {
            if (now.Status == "True")
            {
                yield return new(false, EventReasons.Ready, now.Message);
            }
            else if (Ready(before) is { Status: "True" })
            {
                // A further standby that was requested, or one that is being replaced, is not a problem yet.
                yield return new(now.Reason is not (Reasons.InstancesMissing or Reasons.Creating), now.Reason, now.Message);
            }
        }
    }

    private static string Sentence(Step.BeginPromotion begun)
    {
        var how = begun.Kind == PromotionKind.Switchover
            ? "is stopped cleanly and hands over to"
            : "does not answer, is stopped for good, and is followed by";
        var why = begun.Cause == PromotionCause.Update ? "so that it can be updated"
            : begun.Promoted ? "which was promoted by hand"
            : "as spec.promote asks";
        return $"{begun.From} {how} {begun.To}, {why}";
    }

    private static string? StateOf(ClusterStatus? status, string instance) =>
        status?.Instances.FirstOrDefault(instanceStatus => instanceStatus.Name == instance)?.State;

    private static Condition? Ready(ClusterStatus? status) => Find(status, ConditionTypes.Ready);

    private static Condition? Find(ClusterStatus? status, string type) =>
        status?.Conditions.FirstOrDefault(condition => condition.Type == type);
}
