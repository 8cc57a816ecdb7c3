using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Core.Backup;

/// <summary>What is to be done for the schedule of a cluster. After an interruption at any point the same is decided again.</summary>
/// <param name="Status">The status to record, after the backup was made.</param>
/// <param name="Make">The backup to make; null where none is due, or another one is in progress.</param>
/// <param name="Remove">Backups of the schedule whose resources are not needed any more.</param>
/// <param name="Why">What is waited for until the next look.</param>
public sealed record ScheduleDecision(ScheduleStatus? Status, CortexBackup? Make, IReadOnlyList<CortexBackup> Remove, string Why)
{
    /// <summary>Failed backups of the schedule that stay to be read.</summary>
    public const int FailedKept = 3;

    /// <summary>The time in the name of a backup, in UTC.</summary>
    private const string Moment = "yyyyMMdd't'HHmm'z'";

    /// <param name="cluster">Null where no cluster has that name.</param>
    /// <param name="backups">All backups of the cluster.</param>
    /// <param name="zone">The time zone of the schedule; null where this machine does not know it.</param>
    public static ScheduleDecision Of(
        CortexCluster? cluster, IReadOnlyCollection<CortexBackup> backups, TimeZoneInfo? zone, DateTimeOffset now)
    {
        var remove = Unneeded(backups);
        if (cluster is not { Metadata.DeletionTimestamp: null, Spec.Backup.Schedule: { } spec })
        {
            // What the schedule asked for and nothing has begun is withdrawn with the schedule.
            remove = [.. remove, .. backups.Where(backup => IsScheduled(backup) && !HasBegun(backup))];
            return new(null, null, remove, "nothing is scheduled");
        }

        var stored = cluster.Status?.Backup?.Schedule;
        var before = Recorded(stored, BackupSchedule.Request(spec), backups, now) with { Reason = null, Message = null };
        if (ScheduleRules.Of(spec).Any())
        {
            return new(stored, null, remove, "the schedule is not valid");
        }

        if (zone is null || BackupSchedule.Of(spec, zone) is not { } schedule)
        {
            return new(Unknown(before, spec), null, remove, $"the time zone {spec.TimeZone} is not known");
        }

        return Of(cluster, schedule, Reported(before, backups), backups, now) with { Remove = remove };
    }

    private static ScheduleDecision Of(
        CortexCluster cluster,
        BackupSchedule schedule,
        ScheduleStatus status,
        IReadOnlyCollection<CortexBackup> backups,
        DateTimeOffset now)
    {
        if (schedule.Due(type => Handled(type, status.HandledUntil, backups, now), now) is not { } due)
        {
            return new(WithNext(status, schedule.Next(now)), null, [], "the next scheduled time");
        }

        if (backups.FirstOrDefault(backup => !backup.IsOver()) is { } other)
        {
            var asStored = status with { Next = status.Next ?? due.At, NextType = status.NextType ?? due.Type.ToString() };
            return new(asStored, null, [], $"{other.Metadata.Name} is not completed yet");
        }

        var made = Backup(cluster, due);
        return new(
            WithNext(status, schedule.Next(now)) with
            {
                HandledUntil = ApiTime.ToSecond(now), LastBackup = made.Metadata.Name, LastScheduled = due.At,
            },
            made,
            [],
            "the next scheduled time");
    }

    /// <summary>
    /// The same name for the same time: a backup that was made before an interruption and was not recorded is not made twice.
    /// </summary>
    public static string NameOf(string cluster, ScheduledBackup backup) => string.Create(
        CultureInfo.InvariantCulture,
        $"{cluster}-{backup.Type.ToString().ToLowerInvariant()}-{backup.At.UtcDateTime.ToString(Moment, CultureInfo.InvariantCulture)}");

    /// <summary>
    /// What was recorded for this value of the spec, and what was made and not recorded. Another value begins now, and so does a clock that
    /// was set back.
    /// </summary>
    private static ScheduleStatus Recorded(
        ScheduleStatus? stored, string request, IEnumerable<CortexBackup> backups, DateTimeOffset now)
    {
        if (stored?.Request != request)
        {
            return new ScheduleStatus { Request = request, HandledUntil = ApiTime.ToSecond(now) };
        }

        if (stored.HandledUntil > now)
        {
            return stored with { HandledUntil = ApiTime.ToSecond(now) };
        }

        var made = backups.Where(backup => backup.Spec.ScheduledAt is { } at && at <= now && at > stored.HandledUntil)
            .MaxBy(backup => backup.Spec.ScheduledAt);
        return made is null ? stored : stored with
        {
            HandledUntil = made.Spec.ScheduledAt!.Value, LastBackup = made.Metadata.Name, LastScheduled = made.Spec.ScheduledAt,
        };
    }

    private static IEnumerable<DateTimeOffset> Past(IEnumerable<DateTimeOffset?> moments, DateTimeOffset now) =>
        moments.OfType<DateTimeOffset>().Where(time => time <= now);

    private static ScheduleStatus Unknown(ScheduleStatus before, ScheduleSpec spec) => before with
    {
        Next = null,
        NextType = null,
        Reason = Reasons.UnknownTimeZone,
        Message = ScheduleRules.UnknownZone(ScheduleRules.ScheduleZone, spec.TimeZone),
    };

    /// <summary>With the failure of the newest backup of the schedule that has ended.</summary>
    private static ScheduleStatus Reported(ScheduleStatus status, IEnumerable<CortexBackup> backups) =>
        backups.Where(backup => IsScheduled(backup) && backup.IsOver()).MaxBy(backup => backup.Spec.ScheduledAt) is
            { Status: { Phase: BackupPhases.Failed } failed } last
            ? status with
            {
                Reason = Reasons.BackupFailed,
                Message = QuotedText.Shorten($"{last.Metadata.Name} failed, and the next one comes at its time: {failed.Message}"),
            }
            : status;

    private static ScheduleStatus WithNext(ScheduleStatus status, ScheduledBackup? next) =>
        status with { Next = next?.At, NextType = next?.Type.ToString() };

    /// <summary>
    /// The moment up to which the times of a type are done. A backup that copies as much or more, and began after a time, takes the place
    /// of the backup of that time.
    /// </summary>
    private static DateTimeOffset Handled(
        BackupType type, DateTimeOffset recorded, IEnumerable<CortexBackup> backups, DateTimeOffset now) =>
        Past(
            backups.Where(backup => backup.Spec.Type <= type && backup.Status?.Phase != BackupPhases.Failed)
                .Select(backup => backup.Status?.StartedAt),
            now)
        .Append(recorded).Max();

    private static CortexBackup Backup(CortexCluster cluster, ScheduledBackup due) => new()
    {
        Metadata = new() { Name = NameOf(cluster.Metadata.Name, due), NamespaceProperty = cluster.Metadata.NamespaceProperty },
        Spec = new() { Cluster = cluster.Metadata.Name, Type = due.Type, ScheduledAt = due.At },
    };

    /// <summary>Those whose backup the retention has removed, and all but the newest failed ones. Those of users stay.</summary>
    private static List<CortexBackup> Unneeded(IEnumerable<CortexBackup> backups)
    {
        var scheduled = backups.Where(IsScheduled).ToLookup(backup => backup.Status?.Phase);
        return
        [
            .. scheduled[BackupPhases.Expired],
            .. scheduled[BackupPhases.Failed].OrderByDescending(backup => backup.Spec.ScheduledAt).Skip(FailedKept),
        ];
    }

    private static bool IsScheduled(CortexBackup backup) => backup.Spec.ScheduledAt is not null;

    private static bool HasBegun(CortexBackup backup) => backup.Status?.Phase is not (null or BackupPhases.Pending);
}
