using System.Text.RegularExpressions;
using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Core.Backup;

/// <summary>The archive of a cluster as its primary sees it.</summary>
/// <param name="LastArchived">The name of the last file that was archived; null while no file was archived.</param>
/// <param name="IsFailing">The last attempt failed.</param>
/// <param name="FailedAt">When the last failed attempt was.</param>
/// <param name="Backlog">Segments that are complete and not archived yet.</param>
public sealed partial record ArchiveSeen(string? LastArchived, bool IsFailing, DateTimeOffset? FailedAt, long Backlog)
{
    /// <summary>
    /// Why the last attempt failed, in pgBackRest's words; null where it did not fail, or its message is no longer in the log.
    /// </summary>
    public string? Words { get; init; }

    /// <summary>The newest file that the primary has given up; null where it has given up none.</summary>
    public ArchiveGapStatus? GivenUp { get; init; }

    /// <summary>What PostgreSQL takes for archived last was given up: WAL does not reach the repository.</summary>
    public bool IsGivingUp => GivenUp is not null && GivenUp.GivenUp == LastArchived;

    /// <summary>Null where it could not be read.</summary>
    public RepositorySeen? Repository { get; init; }

    /// <summary>The repository cannot be opened with the passphrase of the cluster, or without one.</summary>
    public bool IsLocked { get; init; }

    /// <summary>Why the last preparation of the repository failed; null where it was not tried, or succeeded.</summary>
    public string? Unprepared { get; init; }

    /// <summary>Whether to try the preparation of the repository again now.</summary>
    public bool MayPrepare { get; init; } = true;

    /// <summary>
    /// The last error that pgBackRest wrote into a log: what failed, and the last reason that it gives. Null for a log without an error.
    /// </summary>
    public static string? WordsOf(string log)
    {
        if (Error().Matches(log) is not [.., var last])
        {
            return null;
        }

        var reason = last.Groups["reason"].Captures.Select(capture => capture.Value.Trim())
            .LastOrDefault(name => !name.StartsWith("HINT", StringComparison.Ordinal));
        return QuotedText.Shorten($"{last.Groups["words"].Value.Trim()} {reason}");
    }

    /// <summary>
    /// pgBackRest writes line by line into the log of the server: any lines of the server may stand between, but none of a later message of
    /// pgBackRest. Podman may move the indentation of a line to the end of the line before, if pgBackRest is interrupted between them.
    /// </summary>
    [GeneratedRegex(
        @"^(\S+ \S+ )?(P\d+ +)?ERROR: (?<words>\[\d+\]: .+)"
            + @"(\n((?: {4,}|(?<= {4}\n))(?<reason>\S.*)|(?!(\S+ \S+ )?(P\d+ +)?(ERROR|WARN|INFO): ).*))*",
        RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Error();
}
