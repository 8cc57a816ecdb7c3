using System.Text.RegularExpressions;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;

namespace Cortex.Core.Backup;

/// <summary>
/// What is wrong with <c>encryption</c> in <c>spec.backup</c> and in <c>spec.bootstrap</c>. The schema says the same where it can.
/// </summary>
public static partial class EncryptionRules
{
    /// <summary>Podman 4.3 accepts names up to 63 characters.</summary>
    public const int LongestSecret = 63;

    private const string PassphraseField = "spec.backup.encryption.passphraseSecret";
    private const string SourceField = "spec.bootstrap.fromBackup.encryption.passphraseSecret";

    /// <summary>Texts with a limited length, and their limits.</summary>
    public static IEnumerable<(string Path, string? Text, int Longest)> Texts(ClusterSpec spec) =>
    [
        (PassphraseField, spec.Backup?.Encryption?.PassphraseSecret, LongestSecret),
        (SourceField, spec.Bootstrap?.FromBackup?.Encryption?.PassphraseSecret, LongestSecret),
    ];

    public static IEnumerable<FieldRefusal> Of(CortexCluster cluster) =>
    [
        .. OfSecret(cluster, PassphraseField, cluster.Spec.Backup?.Encryption),
        .. OfSecret(cluster, SourceField, cluster.Spec.Bootstrap?.FromBackup?.Encryption),
    ];

    /// <summary>What is wrong with the name of a secret of the user.</summary>
    internal static IEnumerable<FieldRefusal> OfSecret(CortexCluster cluster, string field, string secret, string content) =>
        secret.Length == 0
            ? [new(field, $"the name of a secret with {content} is needed")]
        : !SecretName().IsMatch(secret)
            ? [new(field, $"\"{secret}\" must be the name of a secret: a-z, 0-9, - and ., a letter or digit first and last")]
        : Names.Secrets(cluster.Metadata.Name ?? "", Membership.MostInstancesOfAnyVersion).Contains(secret)
            ? [new(field, $"\"{secret}\" is a secret of the operator", $"make another one for {content}")]
        : [];

    private static IEnumerable<FieldRefusal> OfSecret(CortexCluster cluster, string field, EncryptionSpec? encryption) =>
        encryption is null ? [] : OfSecret(cluster, field, encryption.PassphraseSecret ?? "", "the passphrase");

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex SecretName();
}
