using Cortex.Core.Api;
using Cortex.Core.Postgres;
using Cortex.Core.Restoring;

namespace Cortex.Core.Planning;

/// <summary>What the deciding steps write into the status. Pure; the executor stores the result before it continues.</summary>
public static class Decisions
{
    private const int LongestHistory = 10;

    /// <summary>What a step writes that only decides; null for any other step.</summary>
    /// <param name="generation">Of the resource.</param>
    /// <param name="asked">When spec.promote was last changed; null where that is not known.</param>
    public static ClusterStatus? Apply(
        ClusterStatus status, Step step, DateTimeOffset now, long? generation, DateTimeOffset? asked = null) => step switch
    {
        Step.DecidePrimary decidePrimary => Primary(status, decidePrimary.Instance),
        Step.DecideFenced decideFenced => Fenced(status, decideFenced.Instance),
        Step.BeginPromotion beginPromotion => Begin(status, beginPromotion, now, asked),
        Step.RecordFence => FenceSeen(status, now),
        Step.CommitPromotion commitPromotion => Commit(status, now, commitPromotion.NothingLost),
        Step.AbandonPromotion abandonPromotion => Abandon(status, abandonPromotion, generation),
        Step.DecideRejoined decideRejoined => Rejoined(status, decideRejoined.Instance),
        Step.DecideSynchronous decideSynchronous => status with { Synchronous = decideSynchronous.Known },
        Step.SettleAny => status with { AnySettled = generation },
        Step.RecordRestored recordRestored => Restored(status, recordRestored.SystemIdentifier, recordRestored.Timeline, null, now),
        _ => null,
    };

    public static ClusterStatus Primary(ClusterStatus status, string instance) =>
        status with { Primary = instance, Fenced = [.. status.Fenced.Where(name => name != instance)] };

    public static ClusterStatus Fenced(ClusterStatus status, string instance) =>
        status with { Fenced = [.. status.Fenced.Where(name => name != instance), instance] };

    /// <summary>Backups of clusters that had the same name before were found beside the folder of this cluster.</summary>
    public static ClusterStatus EarlierBackups(ClusterStatus status, string folder, IReadOnlyList<string> earlier)
    {
        var known = status.Backup?.Folder == folder ? status.Backup : new BackupStatus { Folder = folder };
        return status with { Backup = known with { EarlierFolders = earlier } };
    }

    /// <summary>From here on <paramref name="step"/>.From may not come back as a primary, unless the promotion is abandoned.</summary>
    /// <param name="asked">When spec.promote was last changed; null where that is not known. A request that was fulfilled since is not the
    /// reason of this promotion.</param>
    public static ClusterStatus Begin(ClusterStatus status, Step.BeginPromotion step, DateTimeOffset now, DateTimeOffset? asked = null) =>
        Fenced(status, step.From) with
        {
            Promotion = new PromotionDecision
            {
                From = step.From,
                To = step.To,
                Kind = step.Kind,
                Cause = step.Cause,
                RequestedAt = RequestTime(status, step, now, asked),
                BegunAt = now,
                PromotedAt = step.Promoted ? now : null,
            },
            AbandonedPromotion = null,
        };

    /// <summary>
    /// The old primary was seen stopped just now. If it was found running after an earlier fence, it was fenced again, and the last fence
    /// counts.
    /// </summary>
    public static ClusterStatus FenceSeen(ClusterStatus status, DateTimeOffset now) =>
        status.Promotion is { } begun ? status with { Promotion = begun with { StoppedAt = now } } : status;

    /// <summary>
    /// The old primary was seen stopped, and the new one may be asked to promote: in a switchover it has all of the old primary's WAL.
    /// </summary>
    /// <param name="nothingLost">The new primary is known to have every acknowledged commit.</param>
    public static ClusterStatus Commit(ClusterStatus status, DateTimeOffset now, bool nothingLost = false)
    {
        if (status.Promotion is not { } begun)
        {
            return status;
        }

        var stopped = begun.FenceSeenAt ?? now;
        return status with
        {
            Promotion = begun with
            {
                StoppedAt = stopped,
                CommittedAt = begun.CommittedAt ?? now,
                FencedAt = begun.FencedAt ?? stopped,
                LostBytes = nothingLost ? 0 : begun.LostBytes,
            },
        };
    }

    public static ClusterStatus Promoted(ClusterStatus status, DateTimeOffset now) =>
        status.Promotion is { } begun ? status with { Promotion = begun with { PromotedAt = begun.PromotedAt ?? now } } : status;

    /// <summary>
    /// The old primary was seen stopped cleanly, and the new one is known to have all that it wrote. This is not a commitment.
    /// </summary>
    public static ClusterStatus HandedOver(ClusterStatus status, DateTimeOffset now) =>
        status.Promotion is { } begun ? status with { Promotion = begun with { StoppedAt = now, LostBytes = 0 } } : status;

    /// <summary>
    /// The old primary was last able to accept writes at this time. The earliest report counts: a fence may be repeated, and a server may
    /// be dead before its container ends.
    /// </summary>
    public static ClusterStatus Wrote(ClusterStatus status, string instance, DateTimeOffset? at) =>
        status.Promotion is { } begun && begun.From == instance && at < (begun.LastWriteAt ?? DateTimeOffset.MaxValue)
            ? status with { Promotion = begun with { LastWriteAt = at } }
            : status;

    /// <summary>The new primary was seen accepting writes.</summary>
    /// <param name="fork">Where its timeline left the old one; null where it cannot be read.</param>
    public static ClusterStatus Complete(ClusterStatus status, string to, long timeline, Lsn? fork, DateTimeOffset now)
    {
        var done = status with
        {
            Primary = to,
            Timeline = timeline,
            Promotion = null,
            Fenced = [.. status.Fenced.Where(name => name != to)],
            // What was known was known about the old primary.
            Synchronous = null,
        };
        if (status.Promotion is not { } begun)
        {
            return done;
        }

        var receipt = PromotionReceipt.Of(begun, now, timeline, fork?.ToString());
        return done with { LastPromotion = receipt, PromotionHistory = [receipt, .. status.PromotionHistory.Take(LongestHistory - 1)] };
    }

    /// <summary>
    /// A former primary's data were read: how much it had that its successor never received. The first report about a promotion counts.
    /// </summary>
    /// <param name="end">Where its WAL ends.</param>
    public static ClusterStatus Lost(ClusterStatus status, string instance, Lsn end)
    {
        var receipt = status.PromotionHistory.FirstOrDefault(promotionReceipt => promotionReceipt.From == instance);
        if (receipt is not { LostBytes: null, ForkLsn: { } fork })
        {
            return status;
        }

        var known = receipt with { LostBytes = (long)Lsn.Parse(fork).BytesBehind(end) };
        return status with
        {
            LastPromotion = status.LastPromotion == receipt ? known : status.LastPromotion,
            PromotionHistory = [.. status.PromotionHistory.Select(past => past == receipt ? known : past)],
        };
    }

    /// <summary>A restore begins: what it restores is known to the looks that follow, and to the next operator.</summary>
    public static ClusterStatus Restoring(
        ClusterStatus status, Step.Restore step, RestoreRequest request, DateTimeOffset now) => status with
    {
        Restore = new RestoreStatus
        {
            Phase = RestorePhases.Copying,
            Request = request.Mark,
            Folder = step.Access.Folder(step.Folder),
            Backup = step.Backup,
            SizeBytes = step.Size,
            Target = request.Words,
            FirstRecoverable = step.Range?.First,
            LatestRecoverable = step.Range?.Latest,
            StartedAt = now,
        },
    };

    /// <summary>
    /// The first primary has its data. The application's database is restored, or did not exist at that moment: it is not created then.
    /// </summary>
    /// <param name="database">Its name; null where that is not known to have been restored.</param>
    public static ClusterStatus Restored(
        ClusterStatus status, string system, long timeline, string? database, DateTimeOffset now) => status with
    {
        SystemIdentifier = system,
        Timeline = timeline,
        Database = database ?? status.Database,
        Restore = status.Restore is { } restore
            ? restore with { Phase = RestorePhases.Completed, Progress = null, Message = null, CompletedAt = now }
            : null,
    };

    /// <summary>What was asked for cannot be had.</summary>
    public static ClusterStatus RestoreFailed(ClusterStatus status, string why) => status.Restore is not { } restore ? status
        : status with { Restore = restore with { Phase = RestorePhases.Failed, Progress = null, Message = why } };

    /// <summary>No standby was found to stream: commits no longer wait for one.</summary>
    public static ClusterStatus Suspended(ClusterStatus status) =>
        status with { Synchronous = new SynchronousStatus { Suspended = true } };

    public static ClusterStatus Rejoined(ClusterStatus status, string instance) =>
        status with { Fenced = [.. status.Fenced.Where(name => name != instance)] };

    public static ClusterStatus Abandon(ClusterStatus status, Step.AbandonPromotion step, long? generation) => status with
    {
        Promotion = null,
        Fenced =
        [
            .. status.Fenced.Where(name => name != step.From),
            .. step.FenceTarget && status.Promotion is { To: var to } ? [to] : Array.Empty<string>(),
        ],
        AbandonedPromotion = status.Promotion is { } begun
            ? new AbandonedPromotion(begun.To, generation, step.Why)
            : status.AbandonedPromotion,
    };

    private static DateTimeOffset RequestTime(ClusterStatus status, Step.BeginPromotion step, DateTimeOffset now, DateTimeOffset? asked) =>
        step is { Cause: PromotionCause.Requested, Promoted: false }
        && asked is { } requested && requested < now && !(requested <= status.LastPromotion?.Since)
            ? requested
            : now;
}
