using Cortex.Core.Planning.Policies.Instances;

namespace Cortex.Core.Planning.Policies.Lifecycle;

/// <summary>
/// Data of one major version cannot be opened by another (https://www.postgresql.org/docs/current/upgrading.html). The cluster serves on with the image that it
/// has: pods that rest are started as they were made, and nothing else is done with the image that will not do.
/// </summary>
internal static class RefuseMajorVersion
{
    public static Verdict Decide(Situation now) => MajorVersionChecks.WhyNot(now) is not { } no ? Verdict.Nothing : Verdict.Refuse(no.Reason, no.Message) with
    {
        Steps = [.. RestartChecks.DueForStart(now).Where(pod => pod.Image is not null).Select(pod => new Step.StartPod(pod.Instance))],
    };
}
