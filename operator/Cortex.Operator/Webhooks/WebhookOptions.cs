using System.Net;
using Cortex.Core.Naming;
using Cortex.Core.Pki;

namespace Cortex.Operator.Webhooks;

/// <summary>The address, the identity and the time limits of the webhook.</summary>
/// <param name="OwnNamespace">The operator's own namespace, with its Service and its Secret.</param>
public sealed record WebhookOptions(string OwnNamespace)
{
    private static readonly TimeSpan CertificateLifetime = TimeSpan.FromDays(90);

    /// <summary>0: any free port.</summary>
    public int Port { get; init; }

    /// <summary>Null: every address of the pod.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>
    /// How often the Secret and the configuration are checked; the longest time for which a replica serves an old certificate.
    /// </summary>
    public TimeSpan CheckInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The delay after a failed check, while there is no certificate to serve.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The maximum time of a review, from its first byte to its answer; manifests/webhook tells API servers to wait for 3 s.
    /// </summary>
    public TimeSpan ReviewTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// For the name of the Service, and for this machine, if the operator runs beside the API server and outside of the cluster.
    /// </summary>
    internal LeafRequest Certificate => new()
    {
        CommonName = OperatorNames.WebhookService,
        DnsNames = [OperatorNames.WebhookHost(OwnNamespace), "localhost"],
        IpAddresses = [IPAddress.Loopback],
        Use = LeafUse.Server,
        Lifetime = CertificateLifetime,
    };
}
