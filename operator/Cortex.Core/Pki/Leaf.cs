using System.Net;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;
using Org.BouncyCastle.X509.Extension;

namespace Cortex.Core.Pki;

/// <summary>Issues server and client certificates.</summary>
public static class Leaf
{
    /// <summary>Makes a fresh key and a certificate for it, signed by <paramref name="authority"/> and never outliving it.</summary>
    /// <exception cref="ArgumentException">A name cannot be part of a certificate, the lifetime is under a second, or the authority has
    /// expired, is not an authority, or has the key of another certificate.</exception>
    /// <exception cref="FormatException">The authority's PEM cannot be read.</exception>
    public static KeyPair Issue(KeyPair authority, LeafRequest request, DateTimeOffset now, SecureRandom random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(request.Lifetime, TimeSpan.FromSeconds(1));
        var issuer = Pem.ReadCertificate(authority.CertificatePem);
        var issuerKey = Pem.ReadPrivateKey(authority.PrivateKeyPem);
        if (!Pem.BelongTogether(issuer, issuerKey))
        {
            throw new ArgumentException(
                "The authority's private key does not belong to its certificate; restore the pair that was stored together.",
                nameof(authority));
        }

        var key = Signing.NewKey(random);
        var subject = Signing.Subject(request.CommonName);
        var certificate = Signing.Begin(issuer.SubjectDN, subject, key.Public, now, End(issuer, request, now), random);
        var keyIdentifier = X509ExtensionUtilities.CreateAuthorityKeyIdentifier(issuer);
        certificate.AddExtension(X509Extensions.AuthorityKeyIdentifier, critical: false, keyIdentifier);
        certificate.AddExtension(X509Extensions.BasicConstraints, critical: true, new BasicConstraints(cA: false));
        certificate.AddExtension(X509Extensions.KeyUsage, critical: true, new KeyUsage(KeyUsage.DigitalSignature));
        certificate.AddExtension(X509Extensions.ExtendedKeyUsage, critical: false, new ExtendedKeyUsage(Purpose(request.Use)));
        if (Names(request) is { Length: > 0 } names)
        {
            certificate.AddExtension(X509Extensions.SubjectAlternativeName, critical: false, new GeneralNames(names));
        }

        return new KeyPair(Pem.Write(Signing.Finish(certificate, issuerKey, random)), Pem.Write(key.Private));
    }

    private static DateTimeOffset End(X509Certificate issuer, LeafRequest request, DateTimeOffset now)
    {
        if (issuer.GetBasicConstraints() < 0)
        {
            throw new ArgumentException($"\"{issuer.SubjectDN}\" is not a certificate authority.", nameof(issuer));
        }

        var issuerEnd = new DateTimeOffset(issuer.NotAfter.ToUniversalTime(), TimeSpan.Zero);
        if (issuerEnd <= now)
        {
            throw new ArgumentException(
                $"The authority \"{issuer.SubjectDN}\" expired at {issuerEnd:u}; make a new one first.", nameof(issuer));
        }

        return request.Lifetime < issuerEnd - now ? now + request.Lifetime : issuerEnd;
    }

    internal static KeyPurposeID Purpose(LeafUse use) => use switch
    {
        LeafUse.Server => KeyPurposeID.id_kp_serverAuth,
        LeafUse.Client => KeyPurposeID.id_kp_clientAuth,
        _ => throw new ArgumentOutOfRangeException(nameof(use), use, "Only Server and Client certificates are issued."),
    };

    private static GeneralName[] Names(LeafRequest request) =>
    [
        .. request.DnsNames.Select(DnsName.Normalize).Distinct(StringComparer.Ordinal)
            .Select(name => new GeneralName(GeneralName.DnsName, name)),
        .. request.IpAddresses.Select(address => address.GetAddressBytes()).DistinctBy(Convert.ToHexString)
            .Select(bytes => new GeneralName(GeneralName.IPAddress, new DerOctetString(bytes))),
    ];
}
