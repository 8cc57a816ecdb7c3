using Cortex.Core.Api;

namespace Cortex.Core.Planning.Policies.Lifecycle;

/// <summary>Refuses an invalid spec before anything is done. A running cluster continues unchanged.</summary>
internal static class Validate
{
    public static Verdict Decide(Situation now) =>
        Validity.Of(now.Cluster) is { Count: > 0 } problems
            ? Verdict.Refuse(Refusal.Of(Reasons.InvalidSpec, problems))
            : Verdict.Nothing;
}
