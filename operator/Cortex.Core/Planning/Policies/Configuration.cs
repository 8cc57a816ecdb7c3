namespace Cortex.Core.Planning.Policies;

/// <summary>What PostgreSQL has loaded is compared with what it should have, by the hash that it reports itself.</summary>
internal static class Configuration
{
    public static Verdict Load(Situation now)
    {
        var stale = now.Seen.Postgres
            .Where(one => now.Seen.WantedRevisions.TryGetValue(one.Key, out var wanted) && wanted != one.Value.Revision)
            .Select(IReadOnlyList<Step> (one) => [new Step.Configure(one.Key, "its configuration or certificates changed")])
            .ToList();
        if (stale.Count == 0)
        {
            return Verdict.Nothing;
        }

        return now.WithoutImage ?? Verdict.DoAndLook(new Step.Together(stale));
    }
}
