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
            .Where(pair => pair.Key != Names.SuperuserSecret(key.Name) && pair.Key != Names.ApplicationSecret(key.Name))
            .Select(pair => (pair.Key, Pair: PairFile.Read(pair.Value)))
            .Where(entry => entry.Pair is not null)
            .ToDictionary(entry => entry.Key, entry => CertificateFacts.Read(entry.Pair!.CertificatePem));
}
