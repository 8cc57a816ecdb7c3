using Cortex.Core.Api;

namespace Cortex.Core.Planning;

/// <summary>What is said of the restore that the first primary is made by.</summary>
internal static class RestoreReport
{
    /// <summary>What was decided of it, and how far it has come.</summary>
    public static RestoreStatus? Status(Situation now) => (now.Status.Restore, Progress(now)) switch
    {
        ({ Phase: RestorePhases.Copying or RestorePhases.Recovering } restore, { } progress) =>
            restore with { Phase = progress.Phase, Progress = progress.Says },
        var (restore, _) => restore,
    };

    /// <summary>How far the restore of the first primary has come; null where none is in progress.</summary>
    public static RestoreProgress? Progress(Situation now) =>
        now.Seen.Inventory.Jobs.FirstOrDefault(job => job is { Kind: JobKind.Restore, Runs: true }) is { } job
            ? now.Seen.Restoring.GetValueOrDefault(job.Instance)
            : null;
}
