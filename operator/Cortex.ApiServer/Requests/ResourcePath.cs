using Cortex.ApiServer.Resources;

namespace Cortex.ApiServer.Requests;

/// <summary>
/// An object's or collection's URL, parsed once: /api/v1/… or /apis/group/version/…, with an optional namespace, name and subresource.
/// https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris
/// </summary>
internal sealed record ResourcePath(ApiResource Resource, string Namespace, string Name, string Subresource)
{
    public bool IsCollection => Name.Length == 0;

    /// <summary>A collection across all namespaces, which can only be read.</summary>
    public bool IsAcrossNamespaces => IsCollection && Resource.Namespaced && Namespace.Length == 0;

    /// <summary>Null when the path names no served resource.</summary>
    public static ResourcePath? Parse(string path, ResourceCatalog catalog)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts switch
        {
            ["api", var version, .. var rest] => Parse("", version, rest, catalog),
            ["apis", var group, var version, .. var rest] => Parse(group, version, rest, catalog),
            _ => null,
        };
    }

    private static ResourcePath? Parse(string group, string version, string[] rest, ResourceCatalog catalog)
    {
        // "namespaces/x/status" is a subresource of a namespace. Every other third part is a resource inside the namespace.
        if (rest is ["namespaces", var namespaceName, var plural, .. var inside] && plural != "status")
        {
            return Within(catalog.Find(group, version, plural), Uri.UnescapeDataString(namespaceName), inside);
        }

        return rest is [var root, .. var tail] ? Within(catalog.Find(group, version, root), "", tail) : null;
    }

    private static ResourcePath? Within(ApiResource? resource, string namespaceName, string[] rest)
    {
        if (resource is null
            || (namespaceName.Length > 0 && !resource.Namespaced)
            || (resource.Namespaced && namespaceName.Length == 0 && rest.Length > 0))
        {
            return null;
        }

        return rest switch
        {
            [] => new(resource, namespaceName, "", ""),
            [var name] => new(resource, namespaceName, Uri.UnescapeDataString(name), ""),
            [var name, "status"] when resource.HasStatus => new(resource, namespaceName, Uri.UnescapeDataString(name), "status"),
            [var name, "scale"] when resource.Scale is not null => new(resource, namespaceName, Uri.UnescapeDataString(name), "scale"),
            _ => null,
        };
    }
}
