using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Core.Pki;

/// <summary>
/// The certificates in the volume of an instance: the authority, the server certificate of the instance, the replication certificate.
/// </summary>
public static class VolumeCertificates
{
    /// <summary>In a fixed order; empty for a certificate that is missing.</summary>
    /// <param name="certificates">By the name of their secret.</param>
    public static IEnumerable<string> Fingerprints(
        ClusterKey cluster, string instance, IReadOnlyDictionary<string, CertificateFacts> certificates) =>
        new[] { Names.CaSecret(cluster.Name), Names.ServerCertificate(instance), Names.ReplicationCertificate(cluster.Name) }
            .Select(name => certificates.GetValueOrDefault(name)?.Fingerprint ?? "");
}
