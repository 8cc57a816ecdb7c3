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

    private const string FilePrefix = "user-";

    /// <summary>The command that makes a secret of Podman from a file of the user.</summary>
    public static string Make(string secret) => $"podman secret create {secret} FILE";

    /// <summary>The command that makes a Secret of Kubernetes. A Secret that several fields name has the entries of all of them.</summary>
    public static string Make(string ns, string secret, IEnumerable<string> entries) =>
        string.Join(
            ' ',
            [$"kubectl create secret generic {secret} -n {ns}", .. entries.Distinct().Select(entry => $"--from-file={entry}=FILE")]);

    /// <summary>What is missing, with the command that makes it.</summary>
    /// <param name="kubernetes">Whether the target is Kubernetes, by its services.</param>
    public static string MakeOn(bool kubernetes, ClusterKey cluster, RepositoryAccess access, RepositorySecret missing) => kubernetes
        ? Make(
            cluster.Namespace,
            missing.Name,
            access.Secrets.Where(secret => secret.Name == missing.Name).SelectMany(secret => secret.Entries))
        : Make(missing.Name);

    /// <summary>
    /// The name of its file among the secrets of a container, on Kubernetes of a folder with a file for each entry. No secret of the
    /// operator has such a name.
    /// </summary>
    public static string File(string secret) => $"{FilePrefix}{secret}";

    /// <summary>Whether a file among the secrets of a container is that of a secret of the user.</summary>
    public static bool IsOfUser(string file) => file.StartsWith(FilePrefix, StringComparison.Ordinal);

    /// <summary>Secrets to mount, by name, and their files.</summary>
    public static Dictionary<string, string> Mounts(IEnumerable<string> names) => names.Distinct().ToDictionary(name => name, File);

    /// <summary>
    /// What is part of a configuration's revision: another version is another configuration. It says nothing about the content.
    /// </summary>
    public static IEnumerable<string> Fingerprints(ClusterSpec spec, IReadOnlyDictionary<string, string> versions) =>
        Of(spec).Select(name => $"secret {name} {versions.GetValueOrDefault(name) ?? "is missing"}");
}
