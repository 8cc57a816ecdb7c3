using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Core.Backup;

/// <summary>How a repository is reached and opened.</summary>
/// <param name="S3">Null: it is in a volume.</param>
/// <param name="Encryption">Null: it is in clear text.</param>
public sealed record RepositoryAccess(S3RepositorySpec? S3, EncryptionSpec? Encryption)
{
    /// <summary>A volume in clear text.</summary>
    public static readonly RepositoryAccess Plain = new(null, null);

    /// <summary>pgBackRest's port for HTTPS.</summary>
    private const string UsualPort = "443";

    /// <summary>It takes a network.</summary>
    public bool IsRemote => S3 is not null;

    /// <summary>The secrets that it takes, and what each has.</summary>
    public IReadOnlyList<RepositorySecret> Secrets =>
    [
        .. Secret(
            "encryption.passphraseSecret",
            Encryption?.PassphraseSecret,
            "the passphrase",
            [SecretEntries.Passphrase],
            "repo1-cipher-pass"),
        .. Secret(
            "repository.s3.credentialsSecret",
            S3?.CredentialsSecret,
            "the lines accessKey: … and secretKey: …",
            [SecretEntries.AccessKey, SecretEntries.SecretKey],
            "repo1-s3-key"),
        .. Secret("repository.s3.caSecret", S3?.CaSecret, "the certificate of the authority", [SecretEntries.Authority]),
    ];

    public IReadOnlyList<string> SecretNames => [.. Secrets.Select(secret => secret.Name).Distinct()];

    public static RepositoryAccess Of(ClusterSpec spec) => new(spec.Backup?.Repository.S3, spec.Backup?.Encryption);

    /// <summary>A folder of a volume as it is called in this repository.</summary>
    public string Folder(string folder) => S3 is null ? folder : folder[(Paths.Repository.Length + 1)..];

    /// <summary>
    /// The lines of pgbackrest.conf. The name of a secret after <c>=@</c> stands for its content, which fill-secrets.sh puts there: without
    /// its line pgBackRest refuses every command, and nothing is ever archived in clear text.
    /// </summary>
    /// <param name="folder">As an instance sees it where the repository is in a volume.</param>
    /// <param name="authorities">The file for the certificates of authorities.</param>
    public string Lines(string folder, string authorities) => string.Concat(
    [
        $"repo1-path={(S3 is null ? folder : $"{(S3.Path is { } path ? $"/{path}" : "")}/{Folder(folder)}")}\n",
        S3 is { } bucket ? Lines(bucket, authorities) : "",
        Encryption is null ? "" : $"repo1-cipher-type=aes-256-cbc\nrepo1-cipher-pass=@{Encryption.PassphraseSecret}\n",
    ]);

    private static string Lines(S3RepositorySpec s3, string authorities)
    {
        var endpoint = (s3.Endpoint ?? "").Split(':');
        return string.Concat(
        [
            "repo1-type=s3\n",
            "# A request that is refused or not answered is repeated for so long; then the condition says so.\n",
            "io-timeout=20\n",
            $"repo1-s3-endpoint={endpoint[0]}\n",
            $"repo1-storage-port={(endpoint.Length > 1 ? endpoint[1] : UsualPort)}\n",
            $"repo1-s3-bucket={s3.Bucket}\n",
            $"repo1-s3-region={s3.Region}\n",
            $"repo1-s3-uri-style={(s3.UriStyle == S3UriStyle.Path ? "path" : "host")}\n",
            $"repo1-s3-key=@{s3.CredentialsSecret} {SecretEntries.AccessKey}\n",
            $"repo1-s3-key-secret=@{s3.CredentialsSecret} {SecretEntries.SecretKey}\n",
            s3.CaSecret is { } ca ? $"repo1-storage-ca-file=@{ca} {authorities}\n" : "",
        ]);
    }

    private static IEnumerable<RepositorySecret> Secret(
        string field, string? name, string content, IReadOnlyList<string> entries, string? option = null) =>
        name is { Length: > 0 } ? [new(field, name, content, entries, option)] : [];
}

/// <summary>A secret of the user that a repository is opened with.</summary>
/// <param name="Field">The field that names it, below <c>spec.backup</c>.</param>
/// <param name="Content">What it has on Podman, for people.</param>
/// <param name="Entries">The entries that it has on Kubernetes.</param>
/// <param name="Option">The option that pgBackRest lacks without the content; null: it starts without it.</param>
public sealed record RepositorySecret(string Field, string Name, string Content, IReadOnlyList<string> Entries, string? Option)
{
    /// <summary>What it has, in the words of the target.</summary>
    public string ContentOn(bool kubernetes) =>
        !kubernetes ? Content : $"the {(Entries.Count > 1 ? "entries" : "entry")} {string.Join(" and ", Entries)}";
}

/// <summary>The entries of a Secret of Kubernetes; fill-secrets.sh reads the files of these names.</summary>
public static class SecretEntries
{
    public const string Passphrase = "passphrase";
    public const string AccessKey = "accessKey";
    public const string SecretKey = "secretKey";
    public const string Authority = "ca.crt";

    /// <summary>
    /// No other entry of a Secret is ever mounted: a cluster whose resource names the Secret of another program gets nothing else of it.
    /// </summary>
    public static IReadOnlyList<string> All { get; } = [Passphrase, AccessKey, SecretKey, Authority];
}
