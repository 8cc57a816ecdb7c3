namespace Cortex.Core.Planning.Policies.Backup;

/// <summary>
/// A repository is made ready for the database system of the cluster before anything can be archived to it. Last of all policies: no
/// fault of a repository holds up what the database needs.
/// </summary>
internal static class PrepareRepository
{
    private static readonly TimeSpan Patiently = TimeSpan.FromSeconds(20);

    public static Verdict Decide(Situation now)
    {
        if (now.Seen.Archive is not { Repository: { IsPrepared: false } } archive || now.Status.Primary is not { } primary || now.Leader is null)
        {
            return Verdict.Nothing;
        }

        // A pod that was made before there was a repository does not have its volume, and sees none.
        return Outdated.Of(now, primary) is not null ? Verdict.Nothing
            : archive is { MayPrepare: false, Unprepared: var why } ? new Verdict { LookAgain = Patiently, Why = $"the repository of backups cannot be used: {why}" }
            : Verdict.DoAndLook(new Step.PrepareRepository(primary));
    }
}
