using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Backup;

namespace Cortex.Core.Restoring;

/// <summary>The backups that a cluster is to be restored from, as they were found.</summary>
/// <param name="Volume">The volume of the repository; empty where it is elsewhere.</param>
/// <param name="Folder">The folder in it, as an instance sees it.</param>
/// <param name="Repository">What the folder holds; null where <paramref name="Problem"/> says why that is not known.</param>
/// <param name="Problem">Why nothing can be restored from there; null where something may be.</param>
public sealed record RestoreSourceSeen(string Volume, string Folder, RepositorySeen? Repository, string? Problem = null)
{
    private const string Archived = "archived: ";

    /// <summary>The database of the cluster that is named as the source; null where a folder is named.</summary>
    public DatabaseSpec? Database { get; init; }

    /// <summary>How the repository is reached and opened; it is in <see cref="Volume"/> where that says nothing else.</summary>
    public RepositoryAccess Access { get; init; } = RepositoryAccess.Plain;

    /// <summary>Where the repository is, for people.</summary>
    public string Place =>
        Access.S3 is { } s3 ? $"the bucket {s3.Bucket}"
        : Access.Sftp is { } sftp ? $"{sftp.Path} of {sftp.Host}"
        : $"the volume {Volume}";

    /// <summary>What the user can do about the problem; null where only time or a look at the cause helps.</summary>
    public string? Remedy { get; init; }

    public static RestoreSourceSeen Unusable(string problem, string? remedy = null) => new("", "", null, problem) { Remedy = remedy };

    /// <summary>
    /// What read-repository.sh printed: when the newest segment was archived, and pgBackRest's list. Null where it is something else.
    /// </summary>
    public static RepositorySeen? Parse(string output)
    {
        var lines = output.Split('\n');
        var archived = lines.FirstOrDefault(line => line.StartsWith(Archived, StringComparison.Ordinal))?[Archived.Length..].Trim();
        var list = lines.FirstOrDefault(line => line.StartsWith('['));
        return list is null || RepositorySeen.Parse(list) is not { } seen ? null
            : long.TryParse(archived, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < Latest
                ? seen with { CompleteUntil = DateTimeOffset.FromUnixTimeSeconds(seconds) }
                : seen;
    }

    /// <summary>The year 9999: what a file system says of a file may be anything.</summary>
    private const long Latest = 253_000_000_000;
}
