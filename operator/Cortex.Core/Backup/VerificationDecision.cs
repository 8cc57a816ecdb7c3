using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Core.Backup;

/// <summary>The next action for the restore tests of a cluster.</summary>
public abstract record VerificationAction
{
    private VerificationAction()
    {
    }

    /// <summary>Nothing until the next scheduled time, or a change.</summary>
    public sealed record Rest : VerificationAction;

    /// <summary>Nothing yet; it is decided again soon.</summary>
    public sealed record Wait : VerificationAction;

    /// <summary>The container runs.</summary>
    public sealed record Watch : VerificationAction;

    /// <summary>Starts a container, in place of one that is left from before.</summary>
    public sealed record Start(RepositorySeen Repository, BackupSeen Backup) : VerificationAction;

    /// <summary>Records what came of a test; then its container is removed.</summary>
    public sealed record Conclude(VerificationReceipt Receipt) : VerificationAction;

    /// <summary>Removes a container whose result was recorded, or is not needed.</summary>
    public sealed record Remove : VerificationAction;
}

/// <summary>What is to be done for the restore tests of a cluster. After an interruption at any point the same is decided again.</summary>
/// <param name="Status">The status to record, after the action; null where there is nothing to record.</param>
/// <param name="Why">What is waited for until the next look.</param>
public sealed record VerificationDecision(VerificationStatus? Status, VerificationAction Action, string Why)
{
    /// <summary>A test that takes longer would hold up those of other clusters for ever.</summary>
    public static readonly TimeSpan TestTimeout = TimeSpan.FromHours(24);

    /// <summary>A volume, an image or a place on a machine may take minutes.</summary>
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(10);

    /// <param name="cluster">Null where no cluster has that name.</param>
    /// <param name="job">Null where there is no container.</param>
    /// <param name="repository">What the repository holds; null where that is not known now.</param>
    /// <param name="zone">The time zone of the schedule; null where this machine does not know it.</param>
    public static VerificationDecision Of(
        CortexCluster? cluster, VerificationJobSeen? job, RepositorySeen? repository, TimeZoneInfo? zone, DateTimeOffset now)
    {
        if (cluster is not { Metadata.DeletionTimestamp: null, Spec.Backup: { } backup })
        {
            VerificationAction end = job is null ? new VerificationAction.Rest() : new VerificationAction.Remove();
            return new(null, end, "there is no repository");
        }

        var (stored, receipt) = (cluster.Status?.Backup?.Verification, cluster.Status?.Backup?.LastVerification);
        var request = Request(cluster);
        if (backup.Verify is null && request is null && stored is null && job is null)
        {
            return new(null, new VerificationAction.Rest(), "no restore test was asked for");
        }

        var status = Timed(Recorded(stored, RequestOf(backup), job, receipt, now), backup, zone, now, out var due);
        if (job is not null)
        {
            return WithJob(status, job, receipt, repository, now);
        }

        // A container that is gone, and whose result was not recorded, was removed by another program: the test begins again.
        var isLost = status.StartedAt is not null;
        return !isLost && !due && (request is null || request == status.HandledRequest)
            ? new(status, new VerificationAction.Rest(), "the next scheduled time")
            : Begin(status, repository);
    }

    /// <summary>The value of the annotation; null where the cluster has no such annotation.</summary>
    public static string? Request(CortexCluster cluster) =>
        cluster.Metadata.Annotations?.TryGetValue(Annotations.VerifyBackup, out var value) == true ? value : null;

    /// <summary>The name of the time zone of the tests.</summary>
    public static string ZoneOf(BackupSpec backup) => backup.Verify?.TimeZone ?? backup.Schedule?.TimeZone ?? ScheduleSpec.Utc;

    /// <summary>The field that <see cref="ZoneOf"/> takes it from.</summary>
    private static string FieldOfZone(BackupSpec backup) =>
        backup is { Verify.TimeZone: null, Schedule: not null } ? ScheduleRules.ScheduleZone : ScheduleRules.VerifyZone;

    /// <summary>The status while this test runs.</summary>
    public static VerificationStatus Started(VerificationStatus status, VerificationOrder order) => status with
    {
        HandledUntil = order.StartedAt > status.HandledUntil ? order.StartedAt : status.HandledUntil,
        HandledRequest = order.Request,
        StartedAt = order.StartedAt,
        Backup = order.Backup,
    };

    private static string? WhyGivenUp(VerificationJobSeen job, DateTimeOffset now) => (now - job.Order.StartedAt, job.StartProblem) switch
    {
        (var since, { } problem) when since > StartTimeout => $"its container cannot start: {problem}",
        (var since, _) when since > TestTimeout => "it did not end within a day",
        _ => null,
    };

    private static VerificationDecision WithJob(
        VerificationStatus status,
        VerificationJobSeen job,
        VerificationReceipt? receipt,
        RepositorySeen? repository,
        DateTimeOffset now)
    {
        var after = status with { StartedAt = null, Backup = null };
        if (receipt?.StartedAt == job.Order.StartedAt)
        {
            return new(after, new VerificationAction.Remove(), "the result was recorded");
        }

        if (job.ExitCode is not { } code)
        {
            return WhyGivenUp(job, now) is { } why
                ? new(after, new VerificationAction.Conclude(VerificationEnd.GivenUp(job.Order, now, why)), "")
                : new(Started(status, job.Order), new VerificationAction.Watch(), "the restore test is running");
        }

        var end = VerificationEnd.Of(job.Order, code, job.Output);
        if (end.Verdict == VerificationVerdicts.Succeeded)
        {
            return new(after, new VerificationAction.Conclude(end), "the result is recorded");
        }

        // The retention may remove a backup while it is restored. Whether it did is not known without the repository.
        var isKept = repository is { } known
            && (known.Backups.Count == 0 || known.Backups.Any(backup => backup.Label == job.Order.Backup));
        return isKept
            ? new(after, new VerificationAction.Conclude(end), "the result is recorded")
            : Begin(Started(status, job.Order), repository);
    }

    private static VerificationDecision Begin(VerificationStatus status, RepositorySeen? repository) => repository switch
    {
        null => Waiting(status, new VerificationAction.Wait(), "the repository cannot be read, or is being read"),
        { Backups: [.., var newest] } => new(status, new VerificationAction.Start(repository, newest), "the restore test is running"),
        _ => Waiting(status, new VerificationAction.Rest(), "there is no backup yet"),
    };

    private static VerificationDecision Waiting(VerificationStatus status, VerificationAction action, string why) =>
        new(status with { Waiting = why }, action, why);

    /// <summary>The text that identifies a value of the spec; null where nothing is scheduled.</summary>
    private static string? RequestOf(BackupSpec backup) => backup.Verify is { } verify ? $"{verify.Schedule}, {ZoneOf(backup)}" : null;

    /// <summary>
    /// What was recorded for this value of the spec, and what was done and not recorded: a test stands for every time before its start.
    /// Another value begins now, and so does a clock that was set back.
    /// </summary>
    private static VerificationStatus Recorded(
        VerificationStatus? stored, string? request, VerificationJobSeen? job, VerificationReceipt? receipt, DateTimeOffset now)
    {
        var status = stored ?? new VerificationStatus { HandledUntil = ApiTime.ToSecond(now) };
        if (status.Request != request || status.HandledUntil > now)
        {
            status = status with { Request = request, HandledUntil = ApiTime.ToSecond(now) };
        }

        var began = new[] { job?.Order.StartedAt, receipt?.StartedAt }.OfType<DateTimeOffset>().Where(time => time <= now);
        return status with
        {
            HandledUntil = began.Append(status.HandledUntil).Max(),
            HandledRequest = job is null ? status.HandledRequest : job.Order.Request,
        };
    }

    /// <summary>With the next time, or why it is not known.</summary>
    /// <param name="due">Whether a time has come.</param>
    private static VerificationStatus Timed(
        VerificationStatus status, BackupSpec backup, TimeZoneInfo? zone, DateTimeOffset now, out bool due)
    {
        due = false;
        var timed = status with { Next = null, Reason = null, Message = null, Waiting = null };
        if (backup.Verify is not { Schedule: { } text } || CronLine.Read(text).Line is not { } line)
        {
            return timed;
        }

        if (zone is null)
        {
            return timed with
            {
                Reason = Reasons.UnknownTimeZone,
                Message = ScheduleRules.UnknownZone(FieldOfZone(backup), ZoneOf(backup)),
            };
        }

        due = line.Last(status.HandledUntil, now, zone) is not null;
        return timed with { Next = line.Next(now, zone) };
    }
}
