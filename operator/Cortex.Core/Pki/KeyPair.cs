using System.Text;

namespace Cortex.Core.Pki;

/// <summary>A certificate and the private key that belongs to it, both as PEM; the key is unencrypted PKCS#8.</summary>
public sealed record KeyPair(string CertificatePem, string PrivateKeyPem)
{
    // What a record prints ends up in logs and test output, so the key is never part of it.
    private bool PrintMembers(StringBuilder text)
    {
        text.Append("CertificatePem = ").Append(CertificatePem.Length).Append(" characters, PrivateKeyPem = (hidden)");
        return true;
    }
}
