namespace Cortex.Core.Planning.Policies.Settings;

/// <summary>Every instance that has not loaded what it should have gets its configuration.</summary>
internal static class Configure
{
    public static Verdict Decide(Situation now) => ConfigurationPlan.LoadStale(now) is { Count: > 0 } steps
        ? now.WithoutImage ?? ConfigurationChecks.WhyNot(now) ?? Verdict.DoAndLook(steps)
        : Verdict.Nothing;
}
