using Cortex.Core.Api;

namespace Cortex.Core.Backup;

/// <summary>
/// The secrets of the user that a repository is opened with. Containers mount them, and fill-secrets.sh puts them into pgbackrest.conf: the
/// operator itself does not read them.
/// </summary>
public static class RepositorySecrets
{
    /// <summary>The names of those of what a cluster archives to.</summary>
    public static IReadOnlyList<string> Of(ClusterSpec spec) => RepositoryAccess.Of(spec).SecretNames;

    /// <summary>The command that makes a secret from a file of the user.</summary>
    public static string Make(string secret) => $"podman secret create {secret} FILE";

    /// <summary>The name of its file among the secrets of a container. No secret of the operator has such a name.</summary>
    public static string File(string secret) => $"user-{secret}";

    /// <summary>Secrets to mount, by name, and their files.</summary>
    public static Dictionary<string, string> Mounts(IEnumerable<string> names) => names.Distinct().ToDictionary(name => name, File);

    /// <summary>
    /// What is part of a configuration's revision: another version is another configuration. It says nothing about the content.
    /// </summary>
    public static IEnumerable<string> Fingerprints(ClusterSpec spec, IReadOnlyDictionary<string, string> versions) =>
        Of(spec).Select(name => $"secret {name} {versions.GetValueOrDefault(name) ?? "is missing"}");
}
