using Cortex.Core.Restoring;

namespace Cortex.Core.Planning.Policies.Backup;

/// <summary>The steps that make the first primary from a backup.</summary>
internal static class RestorePlan
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    /// <summary>The job is started, waited for, or its end is read. What follows is as for a primary that has its data.</summary>
    public static Verdict Make(Situation now, RestoreRequest request, string primary) => RestoreChecks.Job(now, request) switch
    {
        { Runs: true } => Verdict.Wait(PollInterval, $"{primary} is being restored: {Progress(now)}"),
        { Runs: false } => Verdict.DoAndLook(new Step.FinishRestore(primary)),
        null => Begin(now, request, primary),
    };

    private static string Progress(Situation now) => RestoreReport.Progress(now)?.Says ?? "the backup is read";

    private static Verdict Begin(Situation now, RestoreRequest request, string primary)
    {
        if (now.Seen.RestoreSource is not { Repository: { } repository } source
            || RestoreChoice.Of(request, repository).Backup is not { } backup)
        {
            return Verdict.Wait(PollInterval, "the repository of the backups is being read");
        }

        List<Step> decide = now.Status.Primary is null ? [new Step.DecidePrimary(primary)] : [];
        var restore = new Step.Restore(primary, source.Volume, source.Folder, backup.Label)
        {
            Access = source.Access,
            Range = RestoreChoice.Range(repository),
            Size = backup.Size,
        };
        return Verdict.DoAndLook([.. decide, new Step.CreateVolume(primary), restore]);
    }
}
