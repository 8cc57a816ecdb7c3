using System.Net;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;

namespace Cortex.Core.Pki;

/// <summary>Which certificates a cluster needs, and for which servers and clients.</summary>
public static class ClusterCertificates
{
    /// <summary>Lifetime of the authority.</summary>
    public static TimeSpan AuthorityLifetime(ClusterSpec spec) => GoDuration.Parse(spec.Tls.CaLifetime) ?? TimeSpan.FromDays(3650);

    public static string AuthorityName(ClusterKey cluster) => $"{cluster.Name} certificate authority";

    /// <summary>
    /// By the name of the secret that contains each: one server certificate for each instance, and one client certificate for each role.
    /// </summary>
    /// <param name="primary">It has a certificate even where the spec asks for fewer instances.</param>
    public static IReadOnlyDictionary<string, LeafRequest> For(ClusterKey cluster, ClusterSpec spec, string? primary)
    {
        var lifetime = GoDuration.Parse(spec.Tls.CertificateLifetime) ?? TimeSpan.FromDays(90);
        var services = Names.Services(cluster);
        var requests = new Dictionary<string, LeafRequest>
        {
            [Names.ReplicationCertificate(cluster.Name)] = Client(Roles.Replication, lifetime),
            [Names.OperatorCertificate(cluster.Name)] = Client(Roles.Operator, lifetime),
            [Names.ApplicationCertificate(cluster.Name)] = Client(spec.Database.Owner, lifetime),
        };
        foreach (var instance in Membership.Members(cluster.Name, spec, primary))
        {
            requests[Names.ServerCertificate(instance)] = Server(cluster, spec, instance, services, lifetime);
        }

        return requests;
    }

    /// <summary>The names of the secrets of <see cref="For"/>.</summary>
    public static IReadOnlyList<string> Secrets(ClusterKey cluster, ClusterSpec spec, string? primary) =>
    [
        Names.ReplicationCertificate(cluster.Name),
        Names.OperatorCertificate(cluster.Name),
        Names.ApplicationCertificate(cluster.Name),
        .. Membership.Members(cluster.Name, spec, primary).Select(Names.ServerCertificate),
    ];

    private static LeafRequest Client(string role, TimeSpan lifetime) =>
        new() { CommonName = role, Use = LeafUse.Client, Lifetime = lifetime };

    /// <summary>
    /// Contains every name by which an instance may be verified: peers use its own name, clients the service or the published port.
    /// </summary>
    private static LeafRequest Server(
        ClusterKey cluster, ClusterSpec spec, string instance, IReadOnlyList<string> services, TimeSpan lifetime) => new()
    {
        CommonName = instance,
        DnsNames = [instance, Names.Host(cluster, instance), .. services, "localhost"],
        IpAddresses =
        [
            .. new[] { IPAddress.Loopback, IPAddress.Parse(spec.Podman.BindAddress) }
                .Where(address => !address.Equals(IPAddress.Any)).Distinct(),
        ],
        Use = LeafUse.Server,
        Lifetime = lifetime,
    };
}
