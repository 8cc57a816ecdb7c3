using Cortex.Core.Planning.Policies.Synchrony;

namespace Cortex.Core.Planning.Policies.Settings;

/// <summary>The steps that give instances their configuration.</summary>
internal static class ConfigurationPlan
{
    /// <summary>A server that has not loaded its configuration within this time is told again.</summary>
    private static readonly TimeSpan ReloadLimit = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan RestoreIsNewFor = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The steps that give <paramref name="instance"/> its configuration. The files in the primary's volume may be loaded at any time, so
    /// that they are recorded first.
    /// </summary>
    public static IReadOnlyList<Step> Configure(Situation now, string instance, string why) => instance == now.Status.Primary
        ? [.. SynchronyRecord.Widen(now, instance), new Step.Configure(instance, why)]
        : [new Step.Configure(instance, why)];

    /// <summary>
    /// The same for an instance that does not run. The job of a restore has just written the configuration; of an older volume it is not
    /// known whether it is still the same.
    /// </summary>
    public static IReadOnlyList<Step> ConfigureStopped(Situation now, string instance, string why)
    {
        var isNew = now.Status.Restore is { CompletedAt: { } restored } && now.Now - restored < RestoreIsNewFor;
        return [.. Configure(now, instance, why).Where(step => step is not Step.Configure || !(isNew && IsWritten(now, instance)))];
    }

    /// <summary>
    /// A server that has a pod and does not answer may fail because of its configuration; a corrected spec must reach it. Each revision is
    /// written once.
    /// </summary>
    public static IReadOnlyList<Step> ConfigureSilent(Situation now) =>
        now.Seen.Image.Facts is null || now.Seen.RefusedConfiguration.Count > 0 ? [] :
        [
            .. now.Seen.Inventory.Pods
                .Select(pod => pod.Instance)
                .Where(instance => now.Members.Contains(instance) && !now.IsFenced(instance) && now.Seen.Answer(instance) is null)
                .Where(instance => WantedConfiguration.Revision(now, instance) is not null && !IsWritten(now, instance))
                .SelectMany(instance => Configure(now, instance, "it does not answer")),
        ];

    /// <summary>The servers that were told to load their configuration, and have not done so yet.</summary>
    public static IReadOnlyList<string> Loading(Situation now) => [.. now.Seen.Postgres.Keys.Where(key => IsLoading(now, key))];

    /// <summary>
    /// The loaded configuration of each server is compared with the wanted one, by the hash that the server reports. Empty where no
    /// instance needs a configuration.
    /// </summary>
    public static IReadOnlyList<Step> LoadStale(Situation now)
    {
        var stale = now.Seen.Postgres
            .Where(pair => WantedConfiguration.Revision(now, pair.Key) is { } wanted && wanted != pair.Value.Revision)
            .Where(pair => !IsLoading(now, pair.Key))
            .Select(pair => Configure(now, pair.Key, "its configuration or certificates changed"))
            .Concat(ConfigureSilent(now) is { Count: > 0 } silent ? [silent] : [])
            .ToList();
        return stale.Count > 0 ? [new Step.Together(stale)] : [];
    }

    private static bool IsWritten(Situation now, string instance) =>
        WantedConfiguration.Revision(now, instance) is { } wanted && wanted == now.Seen.WrittenRevisions.GetValueOrDefault(instance);

    private static bool IsLoading(Situation now, string instance) =>
        now.Seen.Reloads.TryGetValue(instance, out var sent) && now.Now - sent.At < ReloadLimit
        && sent.Revision == WantedConfiguration.Revision(now, instance) && sent.Revision != now.Seen.Answer(instance)?.Revision;
}
