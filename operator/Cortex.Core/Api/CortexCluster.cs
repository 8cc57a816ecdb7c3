using k8s;
using k8s.Models;

namespace Cortex.Core.Api;

/// <summary>
/// A PostgreSQL cluster: one primary, its hot standbys, TLS on every connection. Schema: <c>crds/cortexclusters.yaml</c>.
/// </summary>
[KubernetesEntity(Group = GroupName, ApiVersion = Version, Kind = KindName, PluralName = Plural)]
public sealed class CortexCluster : IKubernetesObject<V1ObjectMeta>, ISpec<ClusterSpec>, IStatus<ClusterStatus?>
{
    public const string GroupName = "cortex.bicameral.dev";
    public const string Version = "v1alpha1";
    public const string KindName = "CortexCluster";
    public const string Plural = "cortexclusters";
    public const string Finalizer = "cortex.bicameral.dev/cleanup";

    public string ApiVersion { get; set; } = $"{GroupName}/{Version}";

    public string Kind { get; set; } = KindName;

    public V1ObjectMeta Metadata { get; set; } = new();

    public ClusterSpec Spec { get; set; } = new();

    public ClusterStatus? Status { get; set; }

    public ClusterKey Key() => new(Metadata.NamespaceProperty, Metadata.Name);
}

/// <summary>Which cluster: the namespace and the name of its resource.</summary>
public readonly record struct ClusterKey(string Namespace, string Name)
{
    public override string ToString() => $"{Namespace}/{Name}";
}

/// <summary>The list form that the Kubernetes API answers.</summary>
public sealed class CortexClusterList : IKubernetesObject<V1ListMeta>, IItems<CortexCluster>
{
    public string ApiVersion { get; set; } = $"{CortexCluster.GroupName}/{CortexCluster.Version}";

    public string Kind { get; set; } = $"{CortexCluster.KindName}List";

    public V1ListMeta Metadata { get; set; } = new();

    public IList<CortexCluster> Items { get; set; } = [];
}
