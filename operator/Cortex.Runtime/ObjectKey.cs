using k8s;
using k8s.Models;

namespace Cortex.Runtime;

/// <summary>
/// Identifies one object of a kind; a reconcile is given nothing else. <see cref="Namespace"/> is empty for a cluster-scoped kind.
/// </summary>
public readonly record struct ObjectKey(string Namespace, string Name)
{
    public static ObjectKey Of(IMetadata<V1ObjectMeta> item) =>
        new(item.Metadata?.NamespaceProperty ?? "", item.Metadata?.Name ?? "");

    public override string ToString() => Namespace is "" or null ? Name : $"{Namespace}/{Name}";
}
