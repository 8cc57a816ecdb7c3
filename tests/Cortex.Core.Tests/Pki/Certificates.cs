using System.Net;
using Cortex.Core.Pki;
using Org.BouncyCastle.Security;

namespace Cortex.Core.Tests.Pki;

/// <summary>Builders for the tests of this folder.</summary>
internal static class Certificates
{
    public static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static readonly SecureRandom Random = new();

    public static LeafRequest Server(params string[] dnsNames) => new()
    {
        CommonName = "cortex-pr",
        DnsNames = dnsNames is [] ? ["cortex-pr", "localhost"] : dnsNames,
        IpAddresses = [IPAddress.Loopback, IPAddress.IPv6Loopback],
        Use = LeafUse.Server,
        Lifetime = TimeSpan.FromDays(90),
    };

    public static LeafRequest Client(string role) => new() { CommonName = role, Use = LeafUse.Client, Lifetime = TimeSpan.FromDays(90) };

    public static KeyPair NewAuthority(DateTimeOffset? now = null, int days = 3650) =>
        Authority.Create("cortex-ca", now ?? Now, TimeSpan.FromDays(days), Random);

    public static CertificateFacts Facts(this KeyPair pair) => CertificateFacts.Read(pair.CertificatePem);

    public static KeyPair Issue(this KeyPair authority, LeafRequest request, DateTimeOffset? now = null) =>
        Leaf.Issue(authority, request, now ?? Now, Random);
}
