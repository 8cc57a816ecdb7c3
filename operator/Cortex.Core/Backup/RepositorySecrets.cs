using Cortex.Core.Api;

namespace Cortex.Core.Backup;

/// <summary>
/// The secrets of the user that a repository is opened with. Containers mount them, and fill-secrets.sh puts them into pgbackrest.conf: the
/// operator itself does not read them.
/// </summary>
public static class RepositorySecrets
{
    /// <summary>The field of <see cref="BackupSpec"/> that names the passphrase.</summary>
    public const string PassphraseField = "spec.backup.encryption.passphraseSecret";

    /// <summary>The names of the secrets.</summary>
    public static IReadOnlyList<string> Of(EncryptionSpec? encryption) =>
        encryption?.PassphraseSecret is { Length: > 0 } passphrase ? [passphrase] : [];

    /// <summary>Those of what a cluster archives to.</summary>
    public static IReadOnlyList<string> Of(ClusterSpec spec) => Of(spec.Backup?.Encryption);

    /// <summary>The command that makes a secret from a file of the user.</summary>
    public static string Make(string secret) => $"podman secret create {secret} FILE";

    /// <summary>The name of its file among the secrets of a container. No secret of the operator has such a name.</summary>
    public static string File(string secret) => $"user-{secret}";

    /// <summary>Secrets to mount, by name, and their files: those that exist.</summary>
    /// <param name="versions">Of those that exist, by name.</param>
    public static IEnumerable<KeyValuePair<string, string>> Mounts(
        IEnumerable<string> names, IReadOnlyDictionary<string, string> versions) =>
        names.Distinct().Where(versions.ContainsKey).Select(name => KeyValuePair.Create(name, File(name)));

    /// <summary>
    /// What is part of a configuration's revision: another version is another configuration. It says nothing about the content.
    /// </summary>
    public static IEnumerable<string> Fingerprints(ClusterSpec spec, IReadOnlyDictionary<string, string> versions) =>
        Of(spec).Select(name => $"secret {name} {versions.GetValueOrDefault(name) ?? "is missing"}");
}
