namespace Cortex.Core.Planning.Policies.Backup;

/// <summary>
/// A repository is prepared for the database system of the cluster before anything can be archived to it. This is the last policy, so that
/// a fault of a repository does not delay what the database needs.
/// </summary>
internal static class PrepareRepository
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(20);

    public static Verdict Decide(Situation now)
    {
        if (now.Seen.Archive is not { Repository: { IsPrepared: false } } archive
            || now.Status.Primary is not { } primary || now.Leader is null)
        {
            return Verdict.Nothing;
        }

        // A pod that was created before there was a repository does not have its volume, and sees no repository.
        return Outdated.Of(now, primary) is not null ? Verdict.Nothing
            : archive.MayPrepare ? Verdict.DoAndLook(new Step.PrepareRepository(primary))
            : new Verdict { LookAgain = RetryInterval, Why = $"the repository of backups cannot be used: {archive.Unprepared}" };
    }
}
