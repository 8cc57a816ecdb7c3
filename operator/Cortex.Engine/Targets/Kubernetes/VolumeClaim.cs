using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using k8s.Models;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>The claim of an instance's volume. It outlives the resource, so no owner reference takes it along.</summary>
internal static class VolumeClaim
{
    /// <summary>Who writes there, <c>UID:GID</c>; whoever looks into a volume at rest has to be the same.</summary>
    private const string Owner = "cortex.bicameral.dev/owner";

    public static V1PersistentVolumeClaim Render(ClusterKey cluster, string instance, VolumeWish wish) => new()
    {
        Metadata = new()
        {
            Name = Names.Volume(instance),
            NamespaceProperty = cluster.Namespace,
            Labels = Labels.Of(cluster, instance),
            Annotations = new Dictionary<string,
            string> { [Owner] = string.Create(CultureInfo.InvariantCulture, $"{wish.Uid}:{wish.Gid}") },
        },
        Spec = new()
        {
            AccessModes = ["ReadWriteOnce"],
            StorageClassName = string.IsNullOrEmpty(wish.Storage.ClassName) ? null : wish.Storage.ClassName,
            Resources = new() { Requests = new Dictionary<string, ResourceQuantity> { ["storage"] = new(wish.Storage.Size) } },
        },
    };

    /// <summary>Null where the claim does not say.</summary>
    public static (int Uid, int Gid)? OwnerOf(V1PersistentVolumeClaim claim) =>
        claim.Metadata.Annotations?.TryGetValue(Owner, out var words) == true && words.Split(':') is [var uid, var gid]
        && int.TryParse(uid, NumberStyles.None, null, out var user) && int.TryParse(gid, NumberStyles.None, null, out var group)
            ? (user, group)
            : null;
}
