namespace Cortex.Testing.Rbac;

/// <summary>
/// The smallest thing that a role can grant. <see cref="Resource"/> is written as roles write it: <c>pods</c>, <c>pods/log</c>.
/// </summary>
public readonly record struct Permission(string Group, string Resource, string Verb)
{
    public override string ToString() => $"{Verb} {Resource}{(Group == "" ? "" : $".{Group}")}";
}

/// <summary>A permission and how far it goes.</summary>
/// <param name="Namespace">The only namespace that it holds in; null for all, and for what belongs to the cluster.</param>
/// <param name="Names">The only objects that it holds for; empty for all.</param>
/// <param name="Role">Who grants it, for people.</param>
public sealed record Grant(Permission Permission, string? Namespace, IReadOnlyList<string> Names, string Role)
{
    /// <summary>As the authorizer decides: a name that the request does not tell, as in a list, matches no named grant.</summary>
    public bool Covers(ApiRequest request) =>
        request.Permission == Permission
        && (Namespace is null || Namespace == request.Namespace)
        && (Names.Count == 0 || (request.Name is { } name && Names.Contains(name)));

    public override string ToString() =>
        $"{Role}: {Permission}{(Names.Count == 0 ? "" : $" named {string.Join(", ", Names)}")}"
            + (Namespace is null ? "" : $" in {Namespace}");
}

/// <summary>One request that the API server answered, as its audit log tells.</summary>
/// <param name="Namespace">Null for what belongs to the cluster, and for requests across namespaces.</param>
/// <param name="Name">Null where the request names no object: create, list, watch.</param>
/// <param name="Denied">Refused for want of a right; not what a quota, a webhook or a conflict refuses.</param>
public sealed record ApiRequest(Permission Permission, string? Namespace, string? Name, bool Denied)
{
    public override string ToString() => $"{Permission}{(Name is null ? "" : $" {Name}")}{(Namespace is null ? "" : $" in {Namespace}")}";
}
