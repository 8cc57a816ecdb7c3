namespace Cortex.Core.Planning.Policies.Settings;

/// <summary>Every instance that has not loaded what it should have gets its configuration.</summary>
internal static class Configure
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(200);

    public static Verdict Decide(Situation now)
    {
        if (ConfigurationPlan.LoadStale(now) is { Count: > 0 } steps)
        {
            return now.WithoutImage ?? ConfigurationChecks.WhyNot(now) ?? Verdict.DoAndLook(steps);
        }

        return ConfigurationPlan.Loading(now) is { Count: > 0 } loading
            ? Verdict.Wait(Soon, $"{string.Join(", ", loading)} was told to load its configuration, and has not done it yet")
            : Verdict.Nothing;
    }
}
