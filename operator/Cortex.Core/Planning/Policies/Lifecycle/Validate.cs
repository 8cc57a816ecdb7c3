using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning.Policies.Lifecycle;

/// <summary>Refuses an invalid spec before anything is done. A running cluster continues unchanged.</summary>
internal static class Validate
{
    public static Verdict Decide(Situation now) =>
        Problems(now) is { Count: > 0 } problems
            ? Verdict.Refuse(Refusal.Of(Reasons.InvalidSpec, problems))
            : Verdict.Nothing;

    private static List<FieldRefusal> Problems(Situation now) =>
        [.. Validity.Of(now.Cluster), .. now.Seen.Inventory.HasServices ? BackupRules.OnKubernetes(now.Cluster) : []];
}
