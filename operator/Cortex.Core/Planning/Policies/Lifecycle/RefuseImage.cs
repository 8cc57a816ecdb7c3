using Cortex.Core.Api;

namespace Cortex.Core.Planning.Policies.Lifecycle;

/// <summary>An image that will not do is refused before anything is made for it; what runs already is another matter.</summary>
internal static class RefuseImage
{
    public static Verdict Decide(Situation now) =>
        now.Seen is { Image.Problem: { } problem, Inventory: { Pods.Count: 0, Volumes.Count: 0 } }
            ? Verdict.Refuse(Reasons.ImageUnusable, problem)
            : Verdict.Nothing;
}
