using Cortex.Core.Planning.Policies.Instances;

namespace Cortex.Core.Planning.Policies.Lifecycle;

/// <summary>
/// One major version cannot open the data of another (https://www.postgresql.org/docs/current/upgrading.html). The cluster continues with
/// the image that it has: pods at rest are started as they were created, and nothing else is done with the unusable image.
/// </summary>
internal static class RefuseMajorVersion
{
    public static Verdict Decide(Situation now) => MajorVersionChecks.WhyNot(now) is not { } refusal
        ? Verdict.Nothing
        : Verdict.Refuse(refusal) with
        {
            Steps = [.. RestartChecks.DueForStart(now).Where(pod => pod.Image is not null).Select(pod => new Step.StartPod(pod.Instance))],
        };
}
