using System.Globalization;
using System.Text.RegularExpressions;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;

namespace Cortex.Core.Backup;

/// <summary>What is wrong with a repository in a bucket. The schema says the same where it can.</summary>
public static partial class S3Rules
{
    public const int LongestEndpoint = 253;
    public const int LongestBucket = 63;
    public const int LongestRegion = 63;
    public const int LongestPath = 200;

    /// <summary>Texts with a limited length, and their limits.</summary>
    public static IEnumerable<(string Path, string? Text, int Longest)> Texts(ClusterSpec spec) =>
        Repositories(spec).SelectMany(entry => Texts(entry.Field, entry.Place));

    public static IEnumerable<FieldRefusal> Of(CortexCluster cluster) =>
        Repositories(cluster.Spec).SelectMany(entry => Of(cluster, entry.Field, entry.Place));

    private static IEnumerable<(string Field, S3RepositorySpec Place)> Repositories(ClusterSpec spec) =>
        RemoteRules.Of(spec, "s3", repository => repository.S3);

    private static IEnumerable<(string Path, string? Text, int Longest)> Texts(string field, S3RepositorySpec s3) =>
    [
        ($"{field}.endpoint", s3.Endpoint, LongestEndpoint),
        ($"{field}.bucket", s3.Bucket, LongestBucket),
        ($"{field}.region", s3.Region, LongestRegion),
        ($"{field}.path", s3.Path, LongestPath),
        ($"{field}.credentialsSecret", s3.CredentialsSecret, EncryptionRules.LongestSecret),
        ($"{field}.caSecret", s3.CaSecret, EncryptionRules.LongestSecret),
    ];

    private static IEnumerable<FieldRefusal> Of(CortexCluster cluster, string field, S3RepositorySpec s3) =>
    [
        .. RemoteRules.Text($"{field}.endpoint", s3.Endpoint, Endpoint(), "a host, with a port where that is not 443: s3.example.com:9000"),
        .. OfPort($"{field}.endpoint", s3.Endpoint),
        .. RemoteRules.Text($"{field}.bucket", s3.Bucket, Bucket(), "the name of a bucket"),
        .. RemoteRules.Text($"{field}.region", s3.Region, Region(), "a region, such as eu-central-1"),
        .. s3.Path is null ? []
            : RemoteRules.Text($"{field}.path", s3.Path, Folder(), "a path without / at its ends, such as backups/databases"),
        .. EncryptionRules.OfSecret(cluster, $"{field}.credentialsSecret", s3.CredentialsSecret ?? "", "the credentials"),
        .. s3.CaSecret is { } ca ? EncryptionRules.OfSecret(cluster, $"{field}.caSecret", ca, "the certificate") : [],
    ];

    private static IEnumerable<FieldRefusal> OfPort(string field, string? endpoint) =>
        endpoint?.Split(':') is [_, var port] && Endpoint().IsMatch(endpoint)
            ? RemoteRules.Port(field, endpoint, int.Parse(port, CultureInfo.InvariantCulture))
            : [];

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[0-9]{1,5})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Endpoint();

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Bucket();

    [GeneratedRegex(@"^[A-Za-z0-9][-A-Za-z0-9]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Region();

    [GeneratedRegex(@"^[A-Za-z0-9][-A-Za-z0-9._]*(/[A-Za-z0-9][-A-Za-z0-9._]*)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Folder();
}
