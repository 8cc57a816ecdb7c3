using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Runtime;

namespace Cortex.Operator.Webhooks;

/// <summary>
/// A review of the scale subresource contains a number, but no cluster, so the cluster is read. If it cannot be read, the review is
/// allowed, as if the operator were not running: the planner applies the same rules.
/// </summary>
internal sealed class ScaleReviewer(ResourceClient<CortexCluster> clusters)
{
    public async Task<ReviewAnswer> JudgeAsync(AdmissionReview review, CancellationToken ct) =>
        review.Replicas is { } replicas
            ? ReviewAnswer.Of(review.Uid, review.Name, await JudgeAsync(new ObjectKey(review.Namespace, review.Name), replicas, ct))
            : review.Judge();

    private async Task<AdmissionDecision> JudgeAsync(ObjectKey key, int replicas, CancellationToken ct)
    {
        try
        {
            return await clusters.GetAsync(key, ct) is { Metadata.DeletionTimestamp: null } before && before.Spec.Instances != replicas
                ? Admission.Judge(before, Scaled(before, replicas))
                : AdmissionDecision.Granted;
        }
        catch (Exception) when (!ct.IsCancellationRequested)
        {
            return new AdmissionDecision(
                [], ["spec.instances: the cluster could not be read, so its new scale is not checked; the status shows the result"]);
        }
    }

    private static CortexCluster Scaled(CortexCluster before, int replicas) =>
        new() { Metadata = before.Metadata, Spec = before.Spec with { Instances = replicas }, Status = before.Status };
}
