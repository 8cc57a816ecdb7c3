using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using k8s.Models;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>Claims. That of an instance's volume outlives the resource, so it has no owner reference.</summary>
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
        Spec = Of("ReadWriteOnce", request.Storage.ClassName, new ResourceQuantity(request.Storage.Size)),
    };

    /// <summary>The claim of a repository has no label of a cluster, so that no removal of a cluster includes it.</summary>
    public static V1PersistentVolumeClaim RenderRepository(ClusterKey cluster, DirectoryRepositorySpec repository) => new()
    {
        Metadata = new() { Name = repository.Volume, NamespaceProperty = cluster.Namespace },
        Spec = Of(
            (repository.AccessMode ?? ClaimAccessMode.ReadWriteMany).ToString(),
            repository.ClassName,
            new ResourceQuantity(repository.Size)),
    };

    /// <summary>The claim of a restore test.</summary>
    /// <param name="owner">Its pod: with it, the garbage collector removes the claim.</param>
    public static V1PersistentVolumeClaim RenderScratch(ClusterKey cluster, V1Pod owner, string? className, long bytes) => new()
    {
        Metadata = new()
        {
            Name = owner.Metadata.Name,
            NamespaceProperty = cluster.Namespace,
            Labels = Labels.Of(cluster),
            OwnerReferences =
            [
                new() { ApiVersion = V1Pod.KubeApiVersion, Kind = V1Pod.KubeKind, Name = owner.Metadata.Name, Uid = owner.Metadata.Uid },
            ],
        },
        Spec = Of("ReadWriteOnce", className, new ResourceQuantity(bytes.ToString(CultureInfo.InvariantCulture))),
    };

    private static V1PersistentVolumeClaimSpec Of(string accessMode, string? className, ResourceQuantity size) => new()
    {
        AccessModes = [accessMode],
        StorageClassName = string.IsNullOrEmpty(className) ? null : className,
        Resources = new() { Requests = new Dictionary<string, ResourceQuantity> { ["storage"] = size } },
    };

    /// <summary>Null where the claim has no such annotation.</summary>
    public static (int Uid, int Gid)? OwnerOf(V1PersistentVolumeClaim claim) =>
        claim.Metadata.Annotations?.TryGetValue(Owner, out var words) == true && words.Split(':') is [var uid, var gid]
        && int.TryParse(uid, NumberStyles.None, null, out var user) && int.TryParse(gid, NumberStyles.None, null, out var group)
            ? (user, group)
            : null;
}
