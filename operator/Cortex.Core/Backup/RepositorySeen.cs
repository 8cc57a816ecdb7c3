using System.Globalization;
using System.Text.Json;
using Cortex.Core.Postgres;

namespace Cortex.Core.Backup;

/// <summary>What a repository holds, as <c>pgbackrest info --output=json</c> tells it.</summary>
/// <param name="IsPrepared">It has been initialised for a database system; before that nothing can be archived to it.</param>
/// <param name="Backups">The complete backups, the oldest first.</param>
/// <param name="NewestWal">The name of the newest segment that is archived; null while nothing is archived.</param>
public sealed record RepositorySeen(bool IsPrepared, IReadOnlyList<BackupSeen> Backups, string? NewestWal)
{
    /// <summary>The length of a segment's name: timeline and number in hexadecimal digits.</summary>
    private const int SegmentName = 24;

    /// <summary>
    /// pgBackRest's status code of a stanza whose files it cannot read (https://pgbackrest.org/command.html#command-info).
    /// </summary>
    private const int OtherProblem = 99;

    /// <summary>When the newest archived segment was complete: every commit until then is in the repository.</summary>
    public DateTimeOffset? CompleteUntil { get; init; }

    /// <summary>The major version of the database system; null where it is not known.</summary>
    public int? MajorVersion { get; init; }

    /// <summary>Null where the text is not an answer of pgBackRest about the operator's stanza.</summary>
    public static RepositorySeen? Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var ours = document.RootElement.EnumerateArray()
                .Where(stanza => stanza.GetProperty("name").GetString() == RepositoryFile.Stanza);
            return ours.Select(Read).FirstOrDefault() ?? new RepositorySeen(false, [], null);
        }
        catch (Exception cause) when (cause is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }

    private static RepositorySeen Read(JsonElement stanza)
    {
        if (stanza.GetProperty("status").GetProperty("code").GetInt32() == OtherProblem)
        {
            throw new FormatException("pgBackRest cannot read the repository");
        }

        var archives = stanza.TryGetProperty("archive", out var found) ? found.EnumerateArray().Select(Newest).ToList() : [];
        return new RepositorySeen(
            stanza.TryGetProperty("db", out var systems) && systems.GetArrayLength() > 0,
            stanza.TryGetProperty("backup", out var backups) ? [.. backups.EnumerateArray().Select(BackupSeen.Read)] : [],
            archives.OfType<string>().Max(StringComparer.Ordinal)) { MajorVersion = Major(stanza) };
    }

    /// <summary>Of the system that was archived last.</summary>
    private static int? Major(JsonElement stanza) =>
        stanza.TryGetProperty("db", out var systems) && systems.GetArrayLength() is > 0 and var count
        && systems[count - 1].TryGetProperty("version", out var version)
            ? ServerVersion.Major(version.GetString())
            : null;

    private static string? Newest(JsonElement archive) =>
        archive.TryGetProperty("max", out var newest)
        && newest.GetString() is { Length: SegmentName } name && name.All(char.IsAsciiHexDigitUpper)
            ? name
            : null;
}

/// <summary>A complete backup in the repository.</summary>
/// <param name="Label">pgBackRest's name of it.</param>
/// <param name="Type">full, diff or incr.</param>
/// <param name="WalFrom">The first segment that a restore of it needs.</param>
/// <param name="WalTo">The last segment that it needs to be consistent.</param>
/// <param name="Size">Bytes of the database.</param>
/// <param name="Stored">Bytes that the backup added to the repository.</param>
/// <param name="IsDamaged">Pages with a wrong checksum were found during the backup.</param>
public sealed record BackupSeen(
    string Label,
    string Type,
    DateTimeOffset Started,
    DateTimeOffset Stopped,
    string WalFrom,
    string WalTo,
    long Size,
    long Stored,
    bool IsDamaged)
{
    private const int LongestText = 64;

    /// <summary>The WAL position at which a restore of it is consistent; null where it is not told.</summary>
    public Lsn? ConsistentAt { get; init; }

    internal static BackupSeen Read(JsonElement backup)
    {
        var (times, wal, sizes) = (backup.GetProperty("timestamp"), backup.GetProperty("archive"), backup.GetProperty("info"));
        return new BackupSeen(
            Text(backup, "label"),
            Text(backup, "type"),
            DateTimeOffset.FromUnixTimeSeconds(times.GetProperty("start").GetInt64()),
            DateTimeOffset.FromUnixTimeSeconds(times.GetProperty("stop").GetInt64()),
            Text(wal, "start"),
            Text(wal, "stop"),
            sizes.GetProperty("size").GetInt64(),
            sizes.GetProperty("repository").GetProperty("delta").GetInt64(),
            backup.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.True)
        {
            ConsistentAt = backup.TryGetProperty("lsn", out var lsn) && lsn.TryGetProperty("stop", out var stop)
                && Lsn.TryParse(stop.GetString(), out var end) ? end : null,
        };
    }

    /// <summary>A text that becomes a part of a status.</summary>
    private static string Text(JsonElement parent, string name) =>
        parent.GetProperty(name).GetString() is { Length: > 0 and <= LongestText } text && !text.Any(char.IsControl)
        ? text
        : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{name} is not a name"));
}
