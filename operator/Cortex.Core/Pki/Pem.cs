using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.OpenSsl;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;

namespace Cortex.Core.Pki;

/// <summary>Converts PEM text to keys and certificates, and back.</summary>
internal static class Pem
{
    public static string Write(X509Certificate certificate) => Write((object)certificate);

    /// <summary>PKCS#8, because the readers of OpenSSL and of .NET both accept it without being told the algorithm.</summary>
    public static string Write(AsymmetricKeyParameter privateKey) => Write(new Pkcs8Generator(privateKey).Generate());

    /// <summary>Reads the first certificate of <paramref name="pem"/>.</summary>
    /// <exception cref="FormatException">There is no certificate, or it is damaged.</exception>
    public static X509Certificate ReadCertificate(string pem) =>
        Read(pem, "certificate") as X509Certificate ?? throw new FormatException("The PEM text does not begin with a certificate.");

    /// <summary>Every certificate in <paramref name="text"/> as PEM of its own, whether it can be read or not.</summary>
    public static IReadOnlyList<string> Certificates(string text)
    {
        List<string> found = [];
        var rest = text.AsSpan();
        while (PemEncoding.TryFind(rest, out var fields))
        {
            if (rest[fields.Label] is "CERTIFICATE")
            {
                found.Add($"{rest[fields.Location]}\n");
            }

            rest = rest[fields.Location.End..];
        }

        return found;
    }

    /// <summary>Reads an elliptic-curve private key, PKCS#8 or SEC 1.</summary>
    /// <exception cref="FormatException">There is no key, or it is damaged.</exception>
    public static ECPrivateKeyParameters ReadPrivateKey(string pem) => Read(pem, "private key") switch
    {
        ECPrivateKeyParameters key => key,
        AsymmetricCipherKeyPair { Private: ECPrivateKeyParameters key } => key,
        _ => throw new FormatException("The PEM text does not begin with an elliptic-curve private key."),
    };

    public static bool BelongTogether(X509Certificate certificate, ECPrivateKeyParameters key) =>
        certificate.GetPublicKey() is ECPublicKeyParameters { Parameters: var domain, Q: var point }
        && domain.Equals(key.Parameters)
        && point.Equals(domain.G.Multiply(key.D).Normalize());

    private static object? Read(string pem, string what)
    {
        try
        {
            using var reader = new PemReader(new StringReader(pem));
            return reader.ReadObject();
        }
        catch (Exception damage) when (damage
            is IOException or GeneralSecurityException or ArgumentException or InvalidOperationException or FormatException)
        {
            // The cause is left out: parsers quote the text that they cannot read, and that may be a key.
            throw new FormatException($"The PEM text of the {what} is damaged ({damage.GetType().Name}).");
        }
    }

    private static string Write(object content)
    {
        using var text = new StringWriter { NewLine = "\n" };
        using (var writer = new PemWriter(text))
        {
            writer.WriteObject(content);
        }

        return text.ToString();
    }
}
