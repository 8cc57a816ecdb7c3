namespace Cortex.Core.Planning.Policies;

/// <summary>What PostgreSQL has loaded is compared with what it should have, by the hash that it reports itself.</summary>
internal static class Configuration
{
    /// <summary>
    /// Whoever has a pod and does not answer may be failing over what it was given; a corrected spec must reach it. Each revision is laid once.
    /// </summary>
    public static IReadOnlyList<Step> LaySilent(Situation now) => now.Seen.Image.Facts is null || now.Seen.RefusedConfiguration.Count > 0 ? [] :
    [
        .. now.Seen.Inventory.Pods
            .Select(pod => pod.Instance)
            .Where(one => now.Wanted.Contains(one) && !now.IsFenced(one) && now.Seen.Answer(one) is null)
            .Where(one => now.Seen.WantedRevisions.TryGetValue(one, out var wanted) && now.Seen.LaidRevisions.GetValueOrDefault(one) != wanted)
            .SelectMany(one => Synchrony.Configure(now, one, "it does not answer")),
    ];

    public static Verdict Load(Situation now)
    {
        var stale = now.Seen.Postgres
            .Where(one => now.Seen.WantedRevisions.TryGetValue(one.Key, out var wanted) && wanted != one.Value.Revision)
            .Select(one => Synchrony.Configure(now, one.Key, "its configuration or certificates changed"))
            .Concat(LaySilent(now) is { Count: > 0 } silent ? [silent] : [])
            .ToList();
        if (stale.Count == 0)
        {
            return Verdict.Nothing;
        }

        return now.WithoutImage ?? ConfigurationChecks.WhyNot(now) ?? Verdict.DoAndLook(new Step.Together(stale));
    }
}
