using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using k8s.Models;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>The claim of an instance's volume. It outlives the resource, so it has no owner reference.</summary>
internal static class VolumeClaim
{
    /// <summary>
    /// The user that writes to the volume, <c>UID:GID</c>; a pod that reads the volume of a stopped instance runs as the same user.
    /// </summary>
    private const string Owner = "cortex.bicameral.dev/owner";

    public static V1PersistentVolumeClaim Render(ClusterKey cluster, string instance, VolumeRequest request) => new()
    {
        Metadata = new()
        {
            Name = Names.Volume(instance),
            NamespaceProperty = cluster.Namespace,
            Labels = Labels.Of(cluster, instance),
            Annotations = new Dictionary<string,
            string> { [Owner] = string.Create(CultureInfo.InvariantCulture, $"{request.Uid}:{request.Gid}") },
        },
        Spec = new()
        {
            AccessModes = ["ReadWriteOnce"],
            StorageClassName = string.IsNullOrEmpty(request.Storage.ClassName) ? null : request.Storage.ClassName,
            Resources = new() { Requests = new Dictionary<string, ResourceQuantity> { ["storage"] = new(request.Storage.Size) } },
        },
    };

    /// <summary>Null where the claim has no such annotation.</summary>
    public static (int Uid, int Gid)? OwnerOf(V1PersistentVolumeClaim claim) =>
        claim.Metadata.Annotations?.TryGetValue(Owner, out var words) == true && words.Split(':') is [var uid, var gid]
        && int.TryParse(uid, NumberStyles.None, null, out var user) && int.TryParse(gid, NumberStyles.None, null, out var group)
            ? (user, group)
            : null;
}
