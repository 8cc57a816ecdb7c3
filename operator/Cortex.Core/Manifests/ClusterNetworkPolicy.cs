using Cortex.Core.Api;
using Cortex.Core.Naming;
using k8s.Models;

namespace Cortex.Core.Manifests;

/// <summary>
/// Which pods may reach PostgreSQL, if the cluster's network enforces it
/// (https://kubernetes.io/docs/concepts/services-networking/network-policies/): members, the operator, and the clients that the spec
/// allows. That only members may replicate is decided in pg_hba.conf, because the port is the same.
/// </summary>
internal static class ClusterNetworkPolicy
{
    /// <summary>Every namespace has its name in this label, since Kubernetes 1.21.</summary>
    private const string NamespaceName = "kubernetes.io/metadata.name";

    public static V1NetworkPolicy Render(CortexCluster cluster)
    {
        var members = new V1LabelSelector { MatchLabels = Labels.Of(cluster.Key()) };
        var operators = new V1LabelSelector { MatchLabels = new Dictionary<string, string> { [Labels.Name] = Labels.ManagedByValue } };
        return new()
        {
            ApiVersion = V1NetworkPolicy.KubeGroup + "/" + V1NetworkPolicy.KubeApiVersion,
            Kind = V1NetworkPolicy.KubeKind,
            Metadata = OwnedMetadata.Of(cluster, cluster.Metadata.Name),
            Spec = new()
            {
                PodSelector = members,
                PolicyTypes = ["Ingress"],
                Ingress =
                [
                    new()
                    {
                        FromProperty =
                        [
                            new() { PodSelector = members },
                            new() { NamespaceSelector = new(), PodSelector = operators },
                            .. Clients(cluster.Spec.Kubernetes.AllowFrom),
                        ],
                        Ports = [new() { Port = InstancePod.Port, Protocol = "TCP" }],
                    },
                ],
            },
        };
    }

    private static IEnumerable<V1NetworkPolicyPeer> Clients(IReadOnlyList<ClientSource> sources) =>
        sources.Count == 0 ? [new() { PodSelector = new() }] : sources.Select(Peer);

    private static V1NetworkPolicyPeer Peer(ClientSource source) => source.Cidr is { Length: > 0 } block
        ? new() { IpBlock = new() { Cidr = block } }
        : new()
        {
            NamespaceSelector = source.Namespace is { Length: > 0 } name
                ? new() { MatchLabels = new Dictionary<string, string> { [NamespaceName] = name } }
                : null,
            PodSelector = source.PodLabels.Count > 0 ? new() { MatchLabels = source.PodLabels.ToDictionary() } : new(),
        };
}
