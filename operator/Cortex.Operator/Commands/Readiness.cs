using Cortex.Core.Api;
using Cortex.Operator.Console;

namespace Cortex.Operator.Commands;

/// <summary>Whether it makes sense to wait for a cluster. Some troubles pass by themselves, and a report may be older than the remedy: each gets its time.</summary>
internal sealed class Readiness(TimeProvider clock)
{
    private static readonly Dictionary<string, TimeSpan> Patience = new()
    {
        [Reasons.InvalidSpec] = TimeSpan.Zero,
        [Reasons.ImageUnusable] = TimeSpan.FromSeconds(10),
        [Reasons.Conflict] = TimeSpan.FromSeconds(10),
        [Reasons.ActionFailed] = TimeSpan.FromSeconds(30),
    };

    private string? trouble;
    private long since;

    public static bool IsReady(CortexCluster cluster) => StatusText.IsReady(cluster) && cluster.Status?.Promotion is null;

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

    /// <summary>Only what is reported about the resource as it is now counts.</summary>
    private static Condition? Trouble(CortexCluster cluster) =>
        new[] { ConditionTypes.Ready, ConditionTypes.Progressing }
            .Select(type => StatusText.Find(cluster, type))
            .FirstOrDefault(one => one is not null && Patience.ContainsKey(one.Reason) && one.ObservedGeneration == cluster.Metadata.Generation);
}
