using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Engine.Backup;
using Cortex.Runtime;

namespace Cortex.Operator.Controllers;

/// <summary>From a key in the work queue to a pass over the restore tests of a cluster.</summary>
public sealed class VerificationController(VerificationReconciler verifications) : IReconciler
{
    /// <summary>Whether a test has ended, so that the conditions of the cluster are to be reported again.</summary>
    public static bool HasEnded(Change<CortexCluster> change) => change.Item.Status?.Backup?.LastVerification is { } receipt
        && change.Before is { } before && before.Status?.Backup?.LastVerification != receipt;

    public Task<Outcome> ReconcileAsync(ObjectKey key, CancellationToken ct) =>
        verifications.ReconcileAsync(new ClusterKey(key.Namespace, key.Name), ct).ToOutcomeAsync();

    /// <summary>Whether a change of a cluster asks for a test: an annotation does not change the generation of the resource.</summary>
    public static bool Asks(Change<CortexCluster> change) =>
        VerificationDecision.Request(change.Item) is { } request
        && (change.Before is not { } before || VerificationDecision.Request(before) != request);
}
