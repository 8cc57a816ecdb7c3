namespace Cortex.Core.Planning.Policies.Settings;

/// <summary>Gives each instance its configuration that has not loaded it.</summary>
internal static class Configure
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    public static Verdict Decide(Situation now)
    {
        if (ConfigurationPlan.LoadStale(now) is { Count: > 0 } steps)
        {
            return now.WithoutImage ?? ConfigurationChecks.WhyNot(now) ?? Verdict.DoAndLook(steps);
        }

        return ConfigurationPlan.Loading(now) is { Count: > 0 } loading
            ? Verdict.Wait(PollInterval, $"{string.Join(", ", loading)} was told to load its configuration, and has not done so yet")
            : Verdict.Nothing;
    }
}
