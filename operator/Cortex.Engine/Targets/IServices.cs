using Cortex.Core.Api;
using k8s;
using k8s.Models;

namespace Cortex.Engine.Targets;

/// <summary>
/// A role of targets on which clients connect through services: those that report <see cref="Core.Planning.Inventory.Objects"/>. Services
/// select pods by their role; disruption budgets, network policies and ConfigMaps belong to the same role.
/// </summary>
public interface IServices
{
    /// <summary>Makes services send clients that write to this instance, and clients that read to the others.</summary>
    Task AssignRolesAsync(ClusterKey cluster, string primary, CancellationToken ct);

    /// <summary>Makes an object of the Kubernetes API as given.</summary>
    Task ApplyAsync(ClusterKey cluster, IKubernetesObject<V1ObjectMeta> wanted, CancellationToken ct);

    Task RemoveAsync(ClusterKey cluster, IKubernetesObject<V1ObjectMeta> surplus, CancellationToken ct);
}
