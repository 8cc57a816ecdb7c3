using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Core.Backup;

/// <summary>How a repository is reached and opened.</summary>
/// <param name="S3">The bucket that it is in. Without this and <paramref name="Sftp"/> it is in a volume.</param>
/// <param name="Sftp">The server that it is on.</param>
/// <param name="Encryption">Null: it is in clear text.</param>
public sealed record RepositoryAccess(S3RepositorySpec? S3, SftpRepositorySpec? Sftp, EncryptionSpec? Encryption)
{
    /// <summary>A volume in clear text.</summary>
    public static readonly RepositoryAccess Plain = new(null, null, null);

    /// <summary>pgBackRest's port for HTTPS.</summary>
    private const string UsualPort = "443";

    /// <summary>It takes a network.</summary>
    public bool IsRemote => S3 is not null || Sftp is not null;

    /// <summary>The secrets that it takes, and what each has.</summary>
    public IReadOnlyList<RepositorySecret> Secrets =>
    [
        .. Secret(
            "encryption.passphraseSecret",
            Encryption?.PassphraseSecret,
            "the passphrase",
            [SecretEntries.Passphrase],
            Lacks("repo1-cipher-pass")),
        .. Secret(
            "repository.s3.credentialsSecret",
            S3?.CredentialsSecret,
            "the lines accessKey: … and secretKey: …",
            [SecretEntries.AccessKey, SecretEntries.SecretKey],
            Lacks("repo1-s3-key")),
        .. Secret("repository.s3.caSecret", S3?.CaSecret, "the certificate of the authority", [SecretEntries.Authority]),
        .. Secret(
            "repository.sftp.privateKeySecret",
            Sftp?.PrivateKeySecret,
            "a private key without a passphrase",
            [SecretEntries.PrivateKey],
            SftpWords.NoPrivateKey),
    ];

    public IReadOnlyList<string> SecretNames => [.. Secrets.Select(secret => secret.Name).Distinct()];

    public static RepositoryAccess Of(ClusterSpec spec) => Of(spec.Backup?.Repository, spec.Backup?.Encryption);

    public static RepositoryAccess Of(RepositorySpec? repository, EncryptionSpec? encryption) =>
        new(repository?.S3, repository?.Sftp, encryption);

    /// <summary>A folder of a volume as it is called in this repository.</summary>
    public string Folder(string folder) => IsRemote ? folder[(Paths.Repository.Length + 1)..] : folder;

    /// <summary>
    /// The lines of pgbackrest.conf. The name of a secret after <c>=@</c> stands for its content, which fill-secrets.sh puts there: without
    /// its line pgBackRest refuses every command, and nothing is ever archived in clear text.
    /// </summary>
    /// <param name="folder">As an instance sees it where the repository is in a volume.</param>
    /// <param name="files">The folder for the content of secrets that pgBackRest reads from files.</param>
    public string Lines(string folder, string files) => string.Concat(
    [
        $"repo1-path={Root}{(IsRemote ? "/" : "")}{Folder(folder)}\n",
        IsRemote ? "# After so many seconds without a usable answer a command fails, and the condition says so.\nio-timeout=20\n" : "",
        S3 is { } bucket ? Lines(bucket, $"{files}/backup-ca.crt") : "",
        Sftp is { } server ? Lines(server, $"{files}/backup-key") : "",
        Encryption is null ? "" : $"repo1-cipher-type=aes-256-cbc\nrepo1-cipher-pass=@{Encryption.PassphraseSecret}\n",
    ]);

    /// <summary>The folder that has those of the clusters, where the repository is not a volume.</summary>
    private string Root => Sftp is not null ? Sftp.Path ?? "" : S3?.Path is { } path ? $"/{path}" : "";

    private static string Lines(S3RepositorySpec s3, string authorities)
    {
        var endpoint = (s3.Endpoint ?? "").Split(':');
        return string.Concat(
        [
            "repo1-type=s3\n",
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

    /// <summary>The key of the server is compared in any case: without a fingerprint that can be its own, pgBackRest ends.</summary>
    private static string Lines(SftpRepositorySpec sftp, string privateKey) => string.Concat(
    [
        "repo1-type=sftp\n",
        $"repo1-sftp-host={sftp.Host}\n",
        string.Create(CultureInfo.InvariantCulture, $"repo1-sftp-host-port={sftp.Port}\n"),
        $"repo1-sftp-host-user={sftp.User}\n",
        "repo1-sftp-host-key-check-type=fingerprint\n",
        "repo1-sftp-host-key-hash-type=sha256\n",
        $"repo1-sftp-host-fingerprint={HostKey.Digest(sftp.HostKey) ?? "none"}\n",
        $"repo1-sftp-private-key-file=@{sftp.PrivateKeySecret} {privateKey}\n",
    ]);

    private static string Lacks(string option) => $"requires option: {option}";

    private static IEnumerable<RepositorySecret> Secret(
        string field, string? name, string content, IReadOnlyList<string> entries, string? without = null) =>
        name is { Length: > 0 } ? [new(field, name, content, entries, without)] : [];
}
