namespace Cortex.Core.Planning.Policies.Instances;

/// <summary>Whether a job makes an instance a standby of the present primary.</summary>
internal static class JobChecks
{
    /// <summary>
    /// The job, running or ended; null where there is no job. A job counts as absent, and is replaced, if it is for another primary or from
    /// before a promotion, or if it cannot start with an image that is no longer requested.
    /// </summary>
    public static JobSeen? Of(Situation now, string instance, string primary) =>
        now.Seen.Inventory.Job(instance) is { } job
        && job.From == primary && job.Timeline == now.Timeline
        && (job.StartProblem is null || job.Image == now.Spec.Image)
            ? job
            : null;

    /// <summary>
    /// How far the work on the data of an instance has come, as its primary or the job itself tells; null where nothing is known of it.
    /// </summary>
    public static string? Progress(Situation now, string instance) =>
        now.Seen.Inventory.Job(instance) is not { Runs: true } job ? null
        : now.Seen.Answer(job.From)?.Copies.GetValueOrDefault(instance)?.Says ?? now.Seen.Restoring.GetValueOrDefault(instance)?.Says;

    public static bool Runs(Situation now, string instance) => now.Seen.Inventory.Job(instance) is { Runs: true };
}
