using System.Collections.Frozen;
using System.Net;
using System.Security.Cryptography;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.X509;

namespace Cortex.Core.Pki;

/// <summary>What a certificate says, as far as decisions and status need it. Hexadecimal is upper case without separators.</summary>
public sealed record CertificateFacts
{
    public required string CommonName { get; init; }

    /// <summary>The whole subject as X.500 text, to compare with another certificate's <see cref="Issuer"/>.</summary>
    public required string Subject { get; init; }

    public required string Issuer { get; init; }

    /// <summary>Lower case.</summary>
    public required IReadOnlySet<string> DnsNames { get; init; }

    public required IReadOnlySet<IPAddress> IpAddresses { get; init; }

    public required IReadOnlySet<LeafUse> Uses { get; init; }

    public required DateTimeOffset NotBefore { get; init; }

    public required DateTimeOffset NotAfter { get; init; }

    public required bool IsAuthority { get; init; }

    public required string Serial { get; init; }

    /// <summary>SHA-256 over the DER form.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Names the certificate's own key; null where the certificate does not say.</summary>
    public required string? SubjectKeyId { get; init; }

    /// <summary>Names the key that signed it; null where the certificate does not say.</summary>
    public required string? AuthorityKeyId { get; init; }

    /// <summary>Reads the first certificate in <paramref name="pem"/>.</summary>
    /// <exception cref="FormatException">There is no certificate, or it is damaged.</exception>
    public static CertificateFacts Read(string pem)
    {
        try
        {
            return Read(Pem.ReadCertificate(pem));
        }
        catch (Exception damage) when (damage is ArgumentException or InvalidOperationException or IOException or InvalidCastException)
        {
            throw new FormatException("The certificate's fields are damaged.", damage);
        }
    }

    private static CertificateFacts Read(X509Certificate certificate)
    {
        var names = ReadNames(certificate);
        return new CertificateFacts
        {
            CommonName = certificate.SubjectDN.GetValueList(X509Name.CN).FirstOrDefault() ?? "",
            Subject = certificate.SubjectDN.ToString(),
            Issuer = certificate.IssuerDN.ToString(),
            DnsNames = names.Where(name => name.TagNo == GeneralName.DnsName)
                .Select(name => DerIA5String.GetInstance(name.Name).GetString().ToLowerInvariant()).ToFrozenSet(StringComparer.Ordinal),
            IpAddresses = names.Where(name => name.TagNo == GeneralName.IPAddress)
                .Select(name => new IPAddress(Asn1OctetString.GetInstance(name.Name).GetOctets())).ToFrozenSet(),
            Uses = ReadUses(certificate),
            NotBefore = new DateTimeOffset(certificate.NotBefore.ToUniversalTime(), TimeSpan.Zero),
            NotAfter = new DateTimeOffset(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero),
            IsAuthority = certificate.GetBasicConstraints() >= 0,
            Serial = Convert.ToHexString(certificate.SerialNumber.ToByteArrayUnsigned()),
            Fingerprint = Convert.ToHexString(SHA256.HashData(certificate.GetEncoded())),
            SubjectKeyId = Hex(
                certificate,
                X509Extensions.SubjectKeyIdentifier,
                value => SubjectKeyIdentifier.GetInstance(value).GetKeyIdentifier()),
            AuthorityKeyId = Hex(
                certificate,
                X509Extensions.AuthorityKeyIdentifier,
                value => AuthorityKeyIdentifier.GetInstance(value).KeyIdentifier?.GetOctets()),
        };
    }

    private static GeneralName[] ReadNames(X509Certificate certificate) =>
        certificate.GetExtensionParsedValue(X509Extensions.SubjectAlternativeName) is { } names
            ? GeneralNames.GetInstance(names).GetNames()
            : [];

    private static FrozenSet<LeafUse> ReadUses(X509Certificate certificate) =>
        certificate.GetExtensionParsedValue(X509Extensions.ExtendedKeyUsage) is { } value
        && ExtendedKeyUsage.GetInstance(value) is var usage
            ? Enum.GetValues<LeafUse>().Where(use => usage.HasKeyPurposeId(Leaf.Purpose(use))).ToFrozenSet()
            : [];

    private static string? Hex(X509Certificate certificate, DerObjectIdentifier extension, Func<Asn1Object, byte[]?> read) =>
        certificate.GetExtensionParsedValue(extension) is { } value && read(value) is { } bytes ? Convert.ToHexString(bytes) : null;
}
