namespace Cortex.Core.Planning.Policies.Settings;

/// <summary>The steps by which an instance that lacks something is started with it.</summary>
internal static class RestartPlan
{
    /// <summary>What is to be restarted is made anew where a restart does not bring all.</summary>
    public static IReadOnlyList<Step> Start(Outdated? why, string instance) =>
        why is { NewPod: true } ? [new Step.RemovePod(instance), new Step.StartPod(instance)] : [new Step.StartPod(instance)];

    /// <summary>Another image may lack what the configuration names, a library for one: that is found out before anybody is stopped for it.</summary>
    public static IReadOnlyList<Step> Prove(Outdated? why) => why is { NewImage: true } ? [new Step.Prove(why.Instance)] : [];
}
