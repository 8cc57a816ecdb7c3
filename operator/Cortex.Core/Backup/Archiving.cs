using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Core.Backup;

/// <summary>How PostgreSQL passes its WAL to the repository.</summary>
/// <remarks>https://www.postgresql.org/docs/current/continuous-archiving.html</remarks>
public static class Archiving
{
    /// <summary>Bytes of a WAL segment: initdb's default, which no cluster changes.</summary>
    public const long SegmentSize = 16 * 1024 * 1024;

    /// <summary>The name of a segment has a second and a third number; the third goes up to this.</summary>
    public const long SegmentsPerNumber = (1L << 32) / SegmentSize;

    /// <summary>The least <c>spec.backup.maximumBacklog</c> in segments: a repository is away for a moment when it is restarted.</summary>
    public const long LeastBacklog = 4;

    /// <summary>
    /// An exit code above 125 ends the archiver. So a shutdown does not wait for a repository that does not answer, nor for a backlog. What
    /// was not archived is marked, and is archived later.
    /// </summary>
    private const int EndsArchiver = 200;

    /// <summary>
    /// pgBackRest's exit code for a segment that is in the archive with other content. On a timeline that was left, that is another end of
    /// the segment in which it was left, which no restore needs; without this, nothing would ever be archived again.
    /// </summary>
    private const string AcceptEarlier =
        "if [ $status = 45 ]; then for newest in pg_wal/????????.history; do :; done; "
            + "if [ -e \"$newest\" ] && [ pg_wal/%f \"<\" \"$newest\" ]; then "
            + "echo \"%f of an earlier timeline is archived already\" >&2; status=0; fi; fi; ";

    private const string Marks = "pg_wal/archive_status/*.ready";

    /// <summary>The command of a cluster with a repository. PostgreSQL runs it in the data directory.</summary>
    public static string Command(BackupSpec backup) =>
        $"if grep -q ^stopping postmaster.pid; then exit {EndsArchiver}; fi; {GiveUp(backup.MaximumBacklog)}"
            + WhileServerRuns($"{RepositoryFile.Program} archive-push \"%p\"", AcceptEarlier);

    /// <summary>
    /// A command that PostgreSQL runs in the data directory and that ends at the latest a moment after the server was asked to stop. A
    /// server that stops waits for every program that it has started, and a program may wait for a repository that never answers. The shell
    /// does not wait for the end of the program, which may wait for a drive and end late.
    /// </summary>
    /// <param name="afterwards">Commands that may change <c>$status</c>, the exit code of the program.</param>
    public static string WhileServerRuns(string program, string afterwards = "") =>
        $"{program} & work=$!; "
            // PostgreSQL may end the shell by a signal that its children ignore: then the watch ends the program.
            + "(while kill -0 $$ && [ -e postmaster.pid ] && ! grep -qs ^stopping postmaster.pid; do sleep 0.2; done; "
            + "kill $$ || kill -9 $work) 2>/dev/null & watch=$!; "
            // Not before the watch begins: the watch would inherit the trap, and a signal that comes at once would be lost.
            + $"trap \"kill -9 $work; exit {EndsArchiver}\" TERM; wait $work; status=$?; kill $watch; {afterwards}exit $status";

    /// <summary>
    /// Where more waits than may, the oldest file counts as archived, and PostgreSQL removes it. Its name is on the disk before, or the gap
    /// would not be known after a crash.
    /// </summary>
    private static string GiveUp(string? maximumBacklog) => Quantity.Parse(maximumBacklog) is not { } bytes ? ""
        : string.Create(
            CultureInfo.InvariantCulture,
            $"set -- {Marks}; if [ $# -gt {(long)bytes / SegmentSize} ]; then set -e; echo %f >{Paths.GivenUpWal}.new; "
                + $"sync {Paths.GivenUpWal}.new; mv {Paths.GivenUpWal}.new {Paths.GivenUpWal}; sync {Paths.Volume}; "
                + $"echo \"gave up %f: $# files wait to be archived\" >&2; exit 0; fi; ");
}
