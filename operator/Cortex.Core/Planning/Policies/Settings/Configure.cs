namespace Cortex.Core.Planning.Policies.Settings;

/// <summary>What PostgreSQL has loaded is compared with what it should have, by the hash that it reports itself.</summary>
internal static class Configure
{
    public static Verdict Decide(Situation now)
    {
        var stale = now.Seen.Postgres
            .Where(one => now.Seen.WantedRevisions.TryGetValue(one.Key, out var wanted) && wanted != one.Value.Revision)
            .Select(one => ConfigurationPlan.Configure(now, one.Key, "its configuration or certificates changed"))
            .Concat(ConfigurationPlan.LaySilent(now) is { Count: > 0 } silent ? [silent] : [])
            .ToList();
        if (stale.Count == 0)
        {
            return Verdict.Nothing;
        }

        return now.WithoutImage ?? ConfigurationChecks.WhyNot(now) ?? Verdict.DoAndLook(new Step.Together(stale));
    }
}
