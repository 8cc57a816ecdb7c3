namespace Cortex.Core.Planning.Policies.Instances;

/// <summary>Whether a job makes an instance a standby of the present primary.</summary>
internal static class JobChecks
{
    /// <summary>
    /// The job, under way or ended; null where there is none. One that is for another primary or from before a promotion, or that cannot start with an image that is no longer asked for,
    /// counts as none: it is replaced.
    /// </summary>
    public static JobSeen? Of(Situation now, string one, string primary) =>
        now.Seen.Inventory.Job(one) is { } job && job.From == primary && job.Timeline == now.Timeline && (job.StartProblem is null || job.Image == now.Spec.Image) ? job : null;

    /// <summary>How far the copy for an instance has come, as its primary tells; null where there is no copy, or nothing is known of it.</summary>
    public static string? Progress(Situation now, string one) =>
        now.Seen.Inventory.Job(one) is { Runs: true, From: var from } && now.Seen.Answer(from)?.Copies.GetValueOrDefault(one) is { } copy
            ? copy.Says
            : null;

    public static bool Runs(Situation now, string one) => now.Seen.Inventory.Job(one) is { Runs: true };
}
