using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;
using Org.BouncyCastle.X509.Extension;

namespace Cortex.Core.Pki;

/// <summary>The certificate authority of a cluster: one root that signs leaf certificates and nothing else.</summary>
public static class Authority
{
    /// <summary>Makes a self-signed root: ECDSA P-256, no further authorities below it (path length 0).</summary>
    /// <exception cref="ArgumentException">The name is empty or over 64 characters, or the lifetime is under a second.</exception>
    public static KeyPair Create(string commonName, DateTimeOffset now, TimeSpan lifetime, SecureRandom random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lifetime, TimeSpan.FromSeconds(1));
        var key = Signing.NewKey(random);
        var name = Signing.Subject(commonName);
        var certificate = Signing.Begin(name, name, key.Public, now, now + lifetime, random);
        var keyIdentifier = X509ExtensionUtilities.CreateAuthorityKeyIdentifier(key.Public);
        certificate.AddExtension(X509Extensions.AuthorityKeyIdentifier, critical: false, keyIdentifier);
        certificate.AddExtension(X509Extensions.BasicConstraints, critical: true, new BasicConstraints(pathLenConstraint: 0));
        certificate.AddExtension(X509Extensions.KeyUsage, critical: true, new KeyUsage(KeyUsage.KeyCertSign | KeyUsage.CrlSign));
        return new KeyPair(Pem.Write(Signing.Finish(certificate, key.Private, random)), Pem.Write(key.Private));
    }
}
