using Cortex.Core.Api;
using Cortex.Core.Naming;
using k8s.Models;

namespace Cortex.Core.Manifests;

/// <summary>Metadata of the objects that are removed with their CortexCluster.</summary>
public static class OwnedMetadata
{
    /// <summary>
    /// With these the garbage collector of Kubernetes removes an object after its resource, even where no operator runs any more. Null for
    /// a resource without a UID.
    /// </summary>
    public static IList<V1OwnerReference>? Owners(CortexCluster cluster) => cluster.Metadata.Uid is not { Length: > 0 } uid ? null :
    [
        new()
        {
            ApiVersion = cluster.ApiVersion,
            Kind = CortexCluster.KindName,
            Name = cluster.Metadata.Name,
            Uid = uid,
            Controller = true,
            BlockOwnerDeletion = true,
        },
    ];

    internal static V1ObjectMeta Of(CortexCluster cluster, string name) => new()
    {
        Name = name,
        NamespaceProperty = cluster.Metadata.NamespaceProperty,
        Labels = Labels.Of(cluster.Key()),
        OwnerReferences = Owners(cluster),
    };
}
