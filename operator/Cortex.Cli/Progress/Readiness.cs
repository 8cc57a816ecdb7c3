using Cortex.Cli.Console;
using Cortex.Core.Api;

namespace Cortex.Cli.Progress;

/// <summary>Whether it makes sense to wait for a cluster. Some troubles pass by themselves, and a report may be older than the remedy: each gets its time.</summary>
internal sealed class Readiness(TimeProvider clock)
{
    private static readonly Dictionary<string, TimeSpan> Patience = new()
    {
        [Reasons.InvalidSpec] = TimeSpan.Zero,
        [Reasons.ImageUnusable] = TimeSpan.FromSeconds(10),
        [Reasons.Conflict] = TimeSpan.FromSeconds(10),
        [Reasons.ConfigurationRefused] = TimeSpan.FromSeconds(10),
        [Reasons.ActionFailed] = TimeSpan.FromSeconds(30),
    };

    private string? trouble;
    private long since;

    /// <summary>Whether there is nothing more to do and to wait for: it is Ready, or it takes writes and lacks only former primaries that are fenced.</summary>
    public static bool IsSettled(CortexCluster cluster) =>
        cluster.Status is { Promotion: null } status && IsIdle(cluster) && (StatusText.IsReady(cluster) || LacksOnlyFenced(status));

    /// <summary>Why waiting is in vain; null while it is not.</summary>
    public string? InVain(CortexCluster cluster)
    {
        var found = Trouble(cluster);
        if (found?.Reason != trouble)
        {
            (trouble, since) = (found?.Reason, clock.GetTimestamp());
        }

        return found is not null && clock.GetElapsedTime(since) >= Patience[found.Reason] ? found.Message : null;
    }

    private static bool LacksOnlyFenced(ClusterStatus status) =>
        status.Instances.Any(one => one.State == InstanceStates.Running)
        && status.Instances.All(one => one.State is InstanceStates.Running or InstanceStates.Streaming or InstanceStates.Fenced);

    private static bool IsIdle(CortexCluster cluster) =>
        cluster.Status?.ObservedGeneration == cluster.Metadata.Generation
        && StatusText.Find(cluster, ConditionTypes.Progressing) is { Reason: Reasons.Idle };

    /// <summary>Only what is reported about the resource as it is now counts.</summary>
    private static Condition? Trouble(CortexCluster cluster) =>
        new[] { ConditionTypes.Ready, ConditionTypes.Progressing }
            .Select(type => StatusText.Find(cluster, type))
            .FirstOrDefault(one => one is not null && Patience.ContainsKey(one.Reason) && one.ObservedGeneration == cluster.Metadata.Generation);
}
