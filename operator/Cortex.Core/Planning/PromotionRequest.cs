using Cortex.Core.Api;

namespace Cortex.Core.Planning;

/// <summary>What spec.promote asks for.</summary>
internal static class PromotionRequest
{
    /// <summary>
    /// Whether it still asks for another primary than the present one. <c>any</c> is answered once for each edit, and stays in the spec
    /// afterwards.
    /// </summary>
    public static bool IsOpen(CortexCluster cluster) => cluster.Spec.Promote switch
    {
        null or "" => false,
        ClusterSpec.PromoteAny => cluster.Status?.AnySettled is not { } settled || settled != cluster.Metadata.Generation,
        var requested => requested != cluster.Status?.Primary,
    };
}
