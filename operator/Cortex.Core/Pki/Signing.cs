using Org.BouncyCastle.Asn1.Sec;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Operators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;
using Org.BouncyCastle.X509.Extension;

namespace Cortex.Core.Pki;

/// <summary>What an authority and its leaf certificates have in common: algorithm, serial numbers, time stamps, and names.</summary>
internal static class Signing
{
    /// <summary>How far certificates are dated back, so that a peer whose clock is slightly slow accepts them at once.</summary>
    public static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    private const int SerialBits = 128;
    private const int LongestCommonName = 64;   // ub-common-name, RFC 5280 appendix A.1

    public static AsymmetricCipherKeyPair NewKey(SecureRandom random)
    {
        var generator = new ECKeyPairGenerator();
        generator.Init(new ECKeyGenerationParameters(SecObjectIdentifiers.SecP256r1, random));
        return generator.GenerateKeyPair();
    }

    /// <summary>
    /// A certificate with serial, names, validity and key filled in. Times are cut to whole seconds, because X.509 has no fractions.
    /// </summary>
    public static X509V3CertificateGenerator Begin(
        X509Name issuer,
        X509Name subject,
        AsymmetricKeyParameter publicKey,
        DateTimeOffset now,
        DateTimeOffset notAfter,
        SecureRandom random)
    {
        var certificate = new X509V3CertificateGenerator();
        // The top bit is set so that a serial is never zero and always has the same length.
        certificate.SetSerialNumber(new BigInteger(SerialBits, random).SetBit(SerialBits - 1));
        certificate.SetIssuerDN(issuer);
        certificate.SetSubjectDN(subject);
        certificate.SetNotBefore(WholeSeconds(now - ClockTolerance).UtcDateTime);
        certificate.SetNotAfter(WholeSeconds(notAfter).UtcDateTime);
        certificate.SetPublicKey(publicKey);
        var keyIdentifier = X509ExtensionUtilities.CreateSubjectKeyIdentifier(publicKey);
        certificate.AddExtension(X509Extensions.SubjectKeyIdentifier, critical: false, keyIdentifier);
        return certificate;
    }

    public static X509Certificate Finish(X509V3CertificateGenerator certificate, AsymmetricKeyParameter key, SecureRandom random) =>
        certificate.Generate(new Asn1SignatureFactory("SHA256WITHECDSA", key, random));

    /// <exception cref="ArgumentException">The name is empty, or longer than X.509 allows.</exception>
    public static X509Name Subject(string commonName)
    {
        if (commonName.Length is 0 or > LongestCommonName || commonName.Any(char.IsControl))
        {
            throw new ArgumentException(
                $"Common name \"{commonName}\" must have 1 to {LongestCommonName} printable characters.", nameof(commonName));
        }

        return new X509Name([X509Name.CN], [commonName]);
    }

    public static DateTimeOffset WholeSeconds(DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond));
}
