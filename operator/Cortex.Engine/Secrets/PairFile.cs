using System.Security.Cryptography.X509Certificates;
using System.Text;
using Cortex.Core.Pki;

namespace Cortex.Engine.Secrets;

/// <summary>
/// A key pair as one PEM text, certificate first: PostgreSQL and libpq accept such a file for both settings, and it is replaced as a whole.
/// </summary>
public static class PairFile
{
    private const string KeyBegins = "-----BEGIN PRIVATE KEY-----";

    public static byte[] Write(KeyPair pair) =>
        Encoding.ASCII.GetBytes($"{pair.CertificatePem.TrimEnd()}\n{pair.PrivateKeyPem.TrimEnd()}\n");

    /// <summary>Null when the text is not such a pair.</summary>
    public static KeyPair? Read(byte[]? content)
    {
        var text = content is null ? "" : Encoding.ASCII.GetString(content);
        var at = text.IndexOf(KeyBegins, StringComparison.Ordinal);
        return at > 0 ? new KeyPair(text[..at], text[at..]) : null;
    }

    /// <summary>The certificate with its private key, in the form that .NET's TLS needs.</summary>
    public static X509Certificate2 ToX509(KeyPair pair) => X509Certificate2.CreateFromPem(pair.CertificatePem, pair.PrivateKeyPem);
}
