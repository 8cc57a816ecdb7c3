using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;
using k8s;
using k8s.Models;

namespace Cortex.Core.Manifests;

/// <summary>
/// What a cluster has on Kubernetes beside pods, volumes and secrets: services, disruption budgets, the network policy, and the ConfigMap
/// for clients.
/// </summary>
public static class ClusterObjects
{
    private const int PrimaryAndOneStandby = 2;

    /// <param name="members">The instances of the cluster, in order.</param>
    /// <param name="authorityPem">The certificate that clients verify with; null while there is no authority.</param>
    public static IReadOnlyList<IKubernetesObject<V1ObjectMeta>> Render(
        CortexCluster cluster, IReadOnlyList<string> members, string? authorityPem) =>
    [
        .. members.Select(member => MemberService(cluster, member)),
        Service(cluster, Names.ReadWriteService(cluster.Metadata.Name), Labels.PrimaryRole),
        Service(cluster, Names.ReadOnlyService(cluster.Metadata.Name), Labels.StandbyRole),
        Service(cluster, Names.ReadService(cluster.Metadata.Name), role: null),
        .. Budgets(cluster, members.Count),
        ClusterNetworkPolicy.Render(cluster),
        .. authorityPem is null ? [] : new[] { Connection(cluster, authorityPem) },
    ];

    /// <summary>
    /// Under the instance's own name, as on Podman's network, so that the same connection strings work on both. Members find each other
    /// before they are ready.
    /// </summary>
    private static V1Service MemberService(CortexCluster cluster, string instance)
    {
        var service = Service(cluster, instance, role: null);
        service.Spec.Selector = Labels.Of(cluster.Key(), instance);
        service.Spec.PublishNotReadyAddresses = true;
        return service;
    }

    private static V1Service Service(CortexCluster cluster, string name, string? role) => new()
    {
        ApiVersion = V1Service.KubeApiVersion,
        Kind = V1Service.KubeKind,
        Metadata = OwnedMetadata.Of(cluster, name),
        Spec = new()
        {
            Type = "ClusterIP",
            Selector = Select(cluster, role),
            Ports = [new() { Name = "postgres", Port = InstancePod.Port, TargetPort = InstancePod.Port, Protocol = "TCP" }],
        },
    };

    /// <summary>
    /// A drain of the primary's machine waits until another instance was promoted, which only the user does. One standby may be evicted at
    /// a time. Both budgets say how many must stay. maxUnavailable would be counted from the scale of the resource, which includes the
    /// primary, so that no standby could ever be evicted
    /// (https://kubernetes.io/docs/tasks/run-application/configure-pdb/#arbitrary-controllers-and-selectors). The only standby of a pair
    /// has no budget: even a budget of 0 would keep a standby that is not ready from being evicted.
    /// </summary>
    private static IEnumerable<V1PodDisruptionBudget> Budgets(CortexCluster cluster, int members)
    {
        yield return Budget(cluster, Names.PrimaryBudget(cluster.Metadata.Name), Labels.PrimaryRole, minAvailable: 1);
        if (members - PrimaryAndOneStandby is > 0 and var staying)
        {
            yield return Budget(cluster, cluster.Metadata.Name, Labels.StandbyRole, staying);
        }
    }

    private static V1PodDisruptionBudget Budget(CortexCluster cluster, string name, string role, int minAvailable) => new()
    {
        ApiVersion = V1PodDisruptionBudget.KubeGroup + "/" + V1PodDisruptionBudget.KubeApiVersion,
        Kind = V1PodDisruptionBudget.KubeKind,
        Metadata = OwnedMetadata.Of(cluster, name),
        Spec = new() { MinAvailable = minAvailable, Selector = new() { MatchLabels = Select(cluster, role) } },
    };

    private static Dictionary<string, string> Select(CortexCluster cluster, string? role)
    {
        var labels = Labels.OfInstances(cluster.Key());
        if (role is not null)
        {
            labels[Labels.Role] = role;
        }

        return labels;
    }

    private static V1ConfigMap Connection(CortexCluster cluster, string authorityPem)
    {
        var (key, database) = (cluster.Key(), cluster.Spec.Database);
        var host = Names.Host(key, Names.ReadWriteService(key.Name));
        return new()
        {
            ApiVersion = V1ConfigMap.KubeApiVersion,
            Kind = V1ConfigMap.KubeKind,
            Metadata = OwnedMetadata.Of(cluster, Names.Connection(key.Name)),
            Data = new Dictionary<string, string>
            {
                ["ca.crt"] = authorityPem,
                ["host"] = host,
                ["port"] = InstancePod.Port.ToString(CultureInfo.InvariantCulture),
                ["database"] = database.Name,
                ["user"] = database.Owner,
                ["uri"] = ConnInfo.ForClients([new(host, InstancePod.Port)], database.Name, database.Owner, "ca.crt").ToUri(),
            },
        };
    }
}
