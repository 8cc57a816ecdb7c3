using System.Globalization;
using System.Text.RegularExpressions;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;

namespace Cortex.Core.Backup;

/// <summary>What is wrong with a repository on a server of SFTP. The schema says the same where it can.</summary>
public static partial class SftpRules
{
    public const int LongestHost = 253;
    public const int LongestUser = 128;
    public const int LongestPath = 200;

    /// <summary>Three keys, one of them of RSA with 16384 bits.</summary>
    public const int LongestHostKey = 4096;

    /// <summary>Texts with a limited length, and their limits.</summary>
    public static IEnumerable<(string Path, string? Text, int Longest)> Texts(ClusterSpec spec) =>
        Repositories(spec).SelectMany(entry => Texts(entry.Field, entry.Place));

    public static IEnumerable<FieldRefusal> Of(CortexCluster cluster) =>
        Repositories(cluster.Spec).SelectMany(entry => Of(cluster, entry.Field, entry.Place));

    private static IEnumerable<(string Field, SftpRepositorySpec Place)> Repositories(ClusterSpec spec) =>
        RemoteRules.Of(spec, "sftp", repository => repository.Sftp);

    private static IEnumerable<(string Path, string? Text, int Longest)> Texts(string field, SftpRepositorySpec sftp) =>
    [
        ($"{field}.host", sftp.Host, LongestHost),
        ($"{field}.user", sftp.User, LongestUser),
        ($"{field}.path", sftp.Path, LongestPath),
        ($"{field}.hostKey", sftp.HostKey, LongestHostKey),
        ($"{field}.privateKeySecret", sftp.PrivateKeySecret, EncryptionRules.LongestSecret),
    ];

    private static IEnumerable<FieldRefusal> Of(CortexCluster cluster, string field, SftpRepositorySpec sftp) =>
    [
        .. RemoteRules.Text($"{field}.host", sftp.Host, Host(), "the name or the IPv4 address of a server, without its port"),
        .. RemoteRules.Port($"{field}.port", sftp.Port.ToString(CultureInfo.InvariantCulture), sftp.Port),
        .. RemoteRules.Text($"{field}.user", sftp.User, User(), "the name of an account on the server"),
        .. RemoteRules.Text($"{field}.path", sftp.Path, Folder(), "a path from the root of the server, such as /srv/backups"),
        .. HostKey.Digest(sftp.HostKey) is not null ? Array.Empty<FieldRefusal>()
            : [new($"{field}.hostKey", NoHostKey, $"`ssh-keyscan -p {sftp.Port} {sftp.Host ?? "HOST"}` asks the server for them")],
        .. EncryptionRules.OfSecret(cluster, $"{field}.privateKeySecret", sftp.PrivateKeySecret ?? "", "a private key"),
    ];

    private const string NoHostKey =
        "it must be keys of the server, as ssh-keyscan prints them, or a fingerprint SHA256:…, as ssh-keygen -l prints it";

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Host();

    [GeneratedRegex(@"^[A-Za-z0-9_][-A-Za-z0-9_.@]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex User();

    [GeneratedRegex(@"^(/[A-Za-z0-9_][-A-Za-z0-9._]*)+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Folder();
}
