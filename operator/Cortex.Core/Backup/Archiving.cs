namespace Cortex.Core.Backup;

/// <summary>How PostgreSQL passes its WAL to the repository.</summary>
/// <remarks>https://www.postgresql.org/docs/current/continuous-archiving.html</remarks>
public static class Archiving
{
    /// <summary>
    /// An exit code above 125 ends the archiver. So a shutdown does not wait for a repository that does not answer, nor for a backlog. What
    /// was not archived is marked, and is archived later.
    /// </summary>
    private const int EndsArchiver = 200;

    /// <summary>The command of a cluster with a repository. PostgreSQL runs it in the data directory.</summary>
    public static string Command { get; } =
        $"if grep -q ^stopping postmaster.pid; then exit {EndsArchiver}; fi; exec {RepositoryFile.Program} archive-push \"%p\"";
}
