using System.Text.RegularExpressions;
using k8s;
using k8s.Models;

namespace Cortex.Testing.Rbac;

/// <summary>What roles grant to one service account, read from the YAML that installs them.</summary>
public sealed partial class Roles
{
    private readonly IReadOnlyList<V1ClusterRole> clusterRoles;
    private readonly IReadOnlyList<V1Role> roles;
    private readonly IReadOnlyList<V1ClusterRoleBinding> clusterBindings;
    private readonly IReadOnlyList<V1RoleBinding> bindings;

    /// <param name="yaml">Documents of any kinds; roles and their bindings count.</param>
    public Roles(string yaml)
    {
        var documents = yaml.Split("\n---").ToLookup(document => Kind().Match(document).Groups[1].Value);
        clusterRoles = [.. documents["ClusterRole"].Select(name => KubernetesYaml.Deserialize<V1ClusterRole>(name))];
        roles = [.. documents["Role"].Select(name => KubernetesYaml.Deserialize<V1Role>(name))];
        clusterBindings = [.. documents["ClusterRoleBinding"].Select(name => KubernetesYaml.Deserialize<V1ClusterRoleBinding>(name))];
        bindings = [.. documents["RoleBinding"].Select(name => KubernetesYaml.Deserialize<V1RoleBinding>(name))];
    }

    /// <param name="ns">Where the account is, and where objects without a namespace are.</param>
    /// <exception cref="InvalidDataException">
    /// A binding names a role that is not there, a grant has no bounds, or the account has no grant.
    /// </exception>
    public IReadOnlyList<Grant> Of(string ns, string account)
    {
        List<Grant> grants =
        [
            .. clusterBindings.Where(binding => Names(binding.Subjects, null)).SelectMany(binding => Of(binding.RoleRef, null)),
            .. bindings.Where(one => Names(one.Subjects, one.Namespace() ?? ns)).SelectMany(one => Of(one.RoleRef, one.Namespace() ?? ns)),
        ];
        return grants.Count > 0 ? grants : throw new InvalidDataException($"nothing is granted to {ns}/{account}");

        // A subject without a namespace is in the binding's own.
        bool Names(IList<Rbacv1Subject>? subjects, string? own) =>
            subjects?.Any(one => one.Kind == "ServiceAccount" && one.Name == account && (one.NamespaceProperty ?? own) == ns) == true;
    }

    private IEnumerable<Grant> Of(V1RoleRef role, string? ns)
    {
        var rules = role.Kind == "ClusterRole"
            ? clusterRoles.SingleOrDefault(clusterRole => clusterRole.Name() == role.Name)?.Rules
            : roles.SingleOrDefault(found => found.Name() == role.Name && (found.Namespace() ?? ns) == ns)?.Rules;
        return (rules ?? throw new InvalidDataException($"{role.Kind} {role.Name} is bound, and not there"))
            .SelectMany(rule => Of(rule, role, ns));
    }

    private static IEnumerable<Grant> Of(V1PolicyRule rule, V1RoleRef role, string? ns)
    {
        var named = rule.Verbs.Concat(rule.Resources ?? []).Concat(rule.ApiGroups ?? []);
        if (rule.NonResourceURLs?.Count > 0 || named.Any(name => name.Contains('*', StringComparison.Ordinal)))
        {
            throw new InvalidDataException($"{role.Kind} {role.Name} grants without bounds: {KubernetesJson.Serialize(rule)}");
        }

        return from @group in rule.ApiGroups ?? []
               from resource in rule.Resources ?? []
               from verb in rule.Verbs
               select new Grant(new Permission(@group, resource, verb), ns, [.. rule.ResourceNames ?? []], $"{role.Kind} {role.Name}");
    }

    [GeneratedRegex(@"^kind: (\w+)\s*$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Kind();
}
