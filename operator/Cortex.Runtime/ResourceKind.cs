using System.Reflection;
using k8s.Models;

namespace Cortex.Runtime;

/// <summary>
/// Where the objects of a kind live in the API: <c>/api/v1/…</c> for the core group (empty), <c>/apis/GROUP/VERSION/…</c> else.
/// </summary>
public sealed record ResourceKind(string Group, string Version, string Kind, string Plural)
{
    public string ApiVersion => Group is "" ? Version : $"{Group}/{Version}";

    /// <summary>Reads what <see cref="KubernetesEntityAttribute"/> says on the type.</summary>
    /// <exception cref="InvalidOperationException">The type does not carry the attribute.</exception>
    public static ResourceKind Of<T>()
    {
        var entity = typeof(T).GetCustomAttribute<KubernetesEntityAttribute>()
            ?? throw new InvalidOperationException(
                $"{typeof(T).Name} has no [KubernetesEntity]: name its Group, ApiVersion, Kind and PluralName there.");
        return new(entity.Group ?? "", entity.ApiVersion, entity.Kind, entity.PluralName);
    }

    /// <summary>Path of the collection: of one namespace, or of all of them when it is empty (and of a cluster-scoped kind).</summary>
    public string CollectionPath(string ns)
    {
        var root = Group is "" ? $"api/{Version}" : $"apis/{Group}/{Version}";
        return ns is "" ? $"{root}/{Plural}" : $"{root}/namespaces/{Uri.EscapeDataString(ns)}/{Plural}";
    }

    /// <summary>Path of one object, or of its subresource such as <c>status</c>.</summary>
    public string ObjectPath(ObjectKey key, string subresource = "") =>
        $"{CollectionPath(key.Namespace)}/{Uri.EscapeDataString(key.Name)}{(subresource is "" ? "" : "/" + subresource)}";
}
