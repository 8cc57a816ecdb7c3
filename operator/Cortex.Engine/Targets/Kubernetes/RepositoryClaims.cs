using System.Net;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Runtime;
using k8s;
using k8s.Models;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>
/// The claims in which backups are kept. They belong to no cluster: they outlive every cluster, several clusters may share one, and the
/// operator never removes one.
/// </summary>
internal sealed class RepositoryClaims(KubernetesObjects objects)
{
    private const string FromManyNodes = "ReadWriteMany";

    /// <summary>Makes the claim unless it exists; then it is used as it is.</summary>
    public async Task EnsureAsync(ClusterKey cluster, DirectoryRepositorySpec repository, CancellationToken ct)
    {
        var key = new ObjectKey(cluster.Namespace, repository.Volume!);
        if (await objects.Claims.GetAsync(key, ct) is { } there)
        {
            DemandFree(there);
            if (there.Metadata.DeletionTimestamp is not null)
            {
                throw new TargetException(
                    $"the claim {key.Name} in the namespace {key.Namespace} is being deleted",
                    "name another claim in spec.backup.repository.directory.volume");
            }

            return;
        }

        if (string.IsNullOrEmpty(repository.Size))
        {
            throw new TargetException(
                $"there is no claim {key.Name} in the namespace {key.Namespace}, and spec.backup.repository.directory.size is not set",
                $"create the claim {key.Name}, or set the size of the one that the operator creates");
        }

        try
        {
            await objects.Claims.CreateAsync(VolumeClaim.RenderRepository(cluster, repository), ct);
        }
        catch (KubernetesException made) when (made.Is(HttpStatusCode.Conflict))
        {
            // Another cluster or the user has just made it.
        }
    }

    /// <summary>Where a one-shot has to run because of its repository.</summary>
    /// <exception cref="TargetException">It is to read a repository that does not exist.</exception>
    public async Task<PodPlace> PlaceOfAsync(OneShot task, CancellationToken ct)
    {
        if (task.Repository is not { } name)
        {
            return default;
        }

        if (await objects.Claims.GetAsync(new ObjectKey(task.Cluster.Namespace, name), ct) is not { } claim)
        {
            return !task.OnlyReadsRepository ? default
                : throw new TargetException($"there is no claim {name} in the namespace {task.Cluster.Namespace}");
        }

        DemandFree(claim);
        if (claim.Spec.AccessModes?.Contains(FromManyNodes) == true)
        {
            return default;
        }

        var ours = new Dictionary<string, string> { [Labels.ManagedBy] = Labels.ManagedByValue };
        var user = (await objects.Pods.ListAsync(task.Cluster.Namespace, ct, ours))
            .FirstOrDefault(pod => pod is { Status.Phase: "Running", Spec.NodeName: not null } && Uses(pod, name));
        return new PodPlace(null, user?.Spec.NodeName);
    }

    private static bool Uses(V1Pod pod, string claim) =>
        pod.Spec.Volumes?.Any(volume => volume.PersistentVolumeClaim?.ClaimName == claim) == true;

    /// <exception cref="ForeignObjectException">It is the data volume of an instance.</exception>
    private static void DemandFree(V1PersistentVolumeClaim claim)
    {
        if (Labels.Owner(claim.Metadata.Labels as IReadOnlyDictionary<string, string>) is { } owner)
        {
            throw new ForeignObjectException(new ForeignObject("claim", claim.Metadata.Name, $"the cluster {owner}"));
        }
    }
}
