using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Pki;

namespace Cortex.Engine.Secrets;

/// <summary>The certificates that a cluster's secrets hold.</summary>
public static class IssuedCertificates
{
    /// <summary>By the name of the secret; secrets without a certificate are left out.</summary>
    public static IReadOnlyDictionary<string, CertificateFacts> Read(ClusterKey key, IReadOnlyDictionary<string, byte[]> secrets) =>
        secrets
            .Where(one => one.Key != Names.SuperuserSecret(key.Name) && one.Key != Names.ApplicationSecret(key.Name))
            .Select(one => (one.Key, Pair: PairFile.Read(one.Value)))
            .Where(one => one.Pair is not null)
            .ToDictionary(one => one.Key, one => CertificateFacts.Read(one.Pair!.CertificatePem));
}
