using System.Net;
using Cortex.Core.Naming;
using Cortex.Core.Pki;

namespace Cortex.Operator.Webhooks;

/// <summary>Where the webhook listens, and as whom.</summary>
/// <param name="OwnNamespace">The operator's own namespace: there its Service and its Secret are.</param>
public sealed record WebhookOptions(string OwnNamespace)
{
    private static readonly TimeSpan CertificateLifetime = TimeSpan.FromDays(90);

    /// <summary>0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Null: every address of the pod.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>How often Secret and configuration are compared with what they should be; the longest that a replica serves an old certificate.</summary>
    public TimeSpan CheckEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long after a failed look the next one follows, as long as there is no certificate to serve.</summary>
    public TimeSpan RetryEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a review may take, from its first byte to its answer; manifests/webhook tells API servers to wait for 3 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The name of the Service; and this machine, for an operator outside the cluster beside its API server.</summary>
    internal LeafRequest Certificate => new()
    {
        CommonName = OperatorNames.WebhookService,
        DnsNames = [OperatorNames.WebhookHost(OwnNamespace), "localhost"],
        IpAddresses = [IPAddress.Loopback],
        Use = LeafUse.Server,
        Lifetime = CertificateLifetime,
    };
}
