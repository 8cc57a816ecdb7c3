namespace Cortex.Core.Planning.Policies.Instances;

/// <summary>The steps that make a standby.</summary>
internal static class StandbyPlan
{
    /// <summary>Whatever the volume holds, and be it nothing.</summary>
    public static IReadOnlyList<Step> Grow(string standby, string primary) =>
        [new Step.CreateVolume(standby), new Step.Join(standby, primary), new Step.StartPod(standby), new Step.AwaitStreaming(standby)];
}
