namespace Cortex.Core.Planning.Policies.Settings;

/// <summary>The steps that start an outdated instance with what it lacks.</summary>
internal static class RestartPlan
{
    /// <summary>The pod is replaced if a restart of the present one is not enough.</summary>
    public static IReadOnlyList<Step> Start(Outdated? why, string instance) =>
        why is { NewPod: true } ? [new Step.RemovePod(instance), new Step.StartPod(instance)] : [new Step.StartPod(instance)];

    /// <summary>
    /// Another image may lack something that the configuration names, such as a library. This is found out before an instance is stopped
    /// for it.
    /// </summary>
    public static IReadOnlyList<Step> Prove(Outdated? why) => why is { NewImage: true } ? [new Step.Prove(why.Instance)] : [];
}
