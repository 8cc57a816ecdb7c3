using Cortex.Core.Planning.Policies.Synchrony;

namespace Cortex.Core.Planning.Policies.Settings;

/// <summary>The steps that give instances their configuration.</summary>
internal static class ConfigurationPlan
{
    /// <summary>The steps that give <paramref name="instance"/> its configuration. What lies in the primary's volume may be loaded at any time, so it is recorded first.</summary>
    public static IReadOnlyList<Step> Configure(Situation now, string instance, string why) => instance == now.Status.Primary
        ? [.. SynchronyRecord.Widen(now, instance), new Step.Configure(instance, why)]
        : [new Step.Configure(instance, why)];

    /// <summary>
    /// Whoever has a pod and does not answer may be failing over what it was given; a corrected spec must reach it. Each revision is laid once.
    /// </summary>
    public static IReadOnlyList<Step> LaySilent(Situation now) => now.Seen.Image.Facts is null || now.Seen.RefusedConfiguration.Count > 0 ? [] :
    [
        .. now.Seen.Inventory.Pods
            .Select(pod => pod.Instance)
            .Where(one => now.Wanted.Contains(one) && !now.IsFenced(one) && now.Seen.Answer(one) is null)
            .Where(one => now.Seen.WantedRevisions.TryGetValue(one, out var wanted) && now.Seen.LaidRevisions.GetValueOrDefault(one) != wanted)
            .SelectMany(one => Configure(now, one, "it does not answer")),
    ];
}
