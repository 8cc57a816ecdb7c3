using System.Reflection;
using k8s.Models;

namespace Cortex.Runtime;

/// <summary>
/// Where the API serves the objects of a kind: <c>/api/v1/…</c> for the core group (empty), <c>/apis/GROUP/VERSION/…</c> otherwise.
/// </summary>
public sealed record ResourceKind(string Group, string Version, string Kind, string Plural)
{
    public string ApiVersion => Group is "" ? Version : $"{Group}/{Version}";

    /// <summary>Reads the <see cref="KubernetesEntityAttribute"/> of the type.</summary>
    /// <exception cref="InvalidOperationException">The type does not have the attribute.</exception>
    public static ResourceKind Of<T>()
    {
        var entity = typeof(T).GetCustomAttribute<KubernetesEntityAttribute>()
            ?? throw new InvalidOperationException(
                $"{typeof(T).Name} has no [KubernetesEntity]: name its Group, ApiVersion, Kind and PluralName there.");
        return new(entity.Group ?? "", entity.ApiVersion, entity.Kind, entity.PluralName);
    }

    /// <summary>Path of the collection in one namespace. An empty namespace means all namespaces, or a cluster-scoped kind.</summary>
    public string CollectionPath(string namespaceName)
    {
        var root = Group is "" ? $"api/{Version}" : $"apis/{Group}/{Version}";
        return namespaceName is "" ? $"{root}/{Plural}" : $"{root}/namespaces/{Uri.EscapeDataString(namespaceName)}/{Plural}";
    }

    /// <summary>Path of one object, or of a subresource such as <c>status</c>.</summary>
    public string ObjectPath(ObjectKey key, string subresource = "") =>
        $"{CollectionPath(key.Namespace)}/{Uri.EscapeDataString(key.Name)}{(subresource is "" ? "" : "/" + subresource)}";
}
