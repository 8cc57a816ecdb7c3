namespace Cortex.Core.Planning.Policies.Instances;

/// <summary>The steps that make a standby.</summary>
internal static class StandbyPlan
{
    /// <summary>
    /// For an empty volume and for a volume with data: the job is started, or its result is read and the standby is started.
    /// </summary>
    public static IReadOnlyList<Step> Grow(Situation now, string standby, string primary) =>
        JobChecks.Of(now, standby, primary) is { Runs: false }
            ? [new Step.FinishJoin(standby, primary), new Step.StartPod(standby)]
            : [new Step.CreateVolume(standby), new Step.Join(standby, primary) { Archive = ArchiveChecks.UseFor(now, primary) }];
}
