using System.Globalization;
using Cortex.Core.Backup;

namespace Cortex.Core.Restoring;

/// <summary>With which backup a restore begins, or why the repository cannot give what is asked for.</summary>
/// <param name="Backup">Null where <paramref name="WhyNot"/> says why.</param>
public sealed record RestoreChoice(BackupSeen? Backup, string? WhyNot)
{
    private const int LabelsTold = 5;

    /// <summary>A moment is known to the second; the backup is consistent within the second of its end.</summary>
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The moments that can be restored, as far as the repository tells: when its newest segment was archived, not what is in it. Where
    /// that is less, recovery ends before the target, and <see cref="RestoreEnd"/> says so.
    /// </summary>
    public static (DateTimeOffset First, DateTimeOffset Latest)? Range(RepositorySeen repository) =>
        repository.Backups is not [var first, ..] ? null
        : (first.Stopped + Second, new[] { repository.CompleteUntil ?? default, repository.Backups[^1].Stopped + Second }.Max());

    public static RestoreChoice Of(RestoreRequest request, RepositorySeen repository)
    {
        if (Range(repository) is not { } range)
        {
            return No("the repository has no backup yet");
        }

        var label = request.From.Target.Backup;
        if (label is not null && repository.Backups.All(backup => backup.Label != label))
        {
            return No($"the repository does not have the backup {label}; it has {Labels(repository)}");
        }

        if (request.Time is { } time && (time < range.First || time > range.Latest))
        {
            return No($"{request.Words} cannot be restored: {Words(range)}");
        }

        // A restore point may be anywhere: the first backup leads to every one of them.
        var candidates = repository.Backups
            .Where(backup => (label is null || backup.Label == label) && MayBegin(request, backup)).ToList();
        var chosen = request.From.Target.RestorePoint is not null ? candidates.FirstOrDefault() : candidates.LastOrDefault();
        return chosen is not null ? new RestoreChoice(chosen, null)
            : label is not null ? No($"{request.Words} is before the end of the backup {label}, so that backup does not lead to it")
            : No($"{request.Words} is before the end of the first backup, {Named(repository.Backups[0])}: {Words(range)}");
    }

    public static string Words((DateTimeOffset First, DateTimeOffset Latest) range) =>
        $"the first moment that can be restored is {RestoreRequest.Text(range.First)}, the last is {RestoreRequest.Text(range.Latest)}";

    private static bool MayBegin(RestoreRequest request, BackupSeen backup) =>
        (request.Time is not { } time || backup.Stopped + Second <= time)
        && (request.Lsn is not { } lsn || backup.ConsistentAt is not { } end || end <= lsn);

    private static string Named(BackupSeen backup) => backup.ConsistentAt is { } end ? $"{backup.Label} at {end}" : backup.Label;

    private static string Labels(RepositorySeen repository) =>
        string.Join(", ", repository.Backups.TakeLast(LabelsTold).Reverse().Select(backup => backup.Label))
        + (repository.Backups.Count > LabelsTold
            ? string.Create(CultureInfo.InvariantCulture, $" and {repository.Backups.Count - LabelsTold} older ones")
            : "");

    private static RestoreChoice No(string why) => new(null, why);
}
