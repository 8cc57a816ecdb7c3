using Cortex.Core.Api;

namespace Cortex.Core.Planning.Policies.Lifecycle;

/// <summary>An unusable image is refused before anything is created for it. A cluster that runs already is handled elsewhere.</summary>
internal static class RefuseImage
{
    public static Verdict Decide(Situation now) =>
        now.Seen is { Image.Problem: { } problem, Inventory: { Pods.Count: 0, Volumes.Count: 0 } }
            ? Verdict.Refuse(Reasons.ImageUnusable, problem)
            : Verdict.Nothing;
}
