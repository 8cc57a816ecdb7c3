using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Cortex.ApiServer.Access;

/// <summary>
/// The server's self-signed certificate, which the kubeconfig trusts. It is kept, so that a kubeconfig stays valid over restarts. It is
/// replaced when it is missing, unreadable or expires within a month.
/// </summary>
internal static class ServingCertificate
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(365);
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);

    public static X509Certificate2 LoadOrCreate(string file, DateTimeOffset now)
    {
        if (TryLoad(file) is { } kept)
        {
            if (kept.NotAfter.ToUniversalTime() - now > RenewBefore && kept.NotBefore.ToUniversalTime() <= now)
            {
                return kept;
            }

            kept.Dispose();
        }

        var made = Create(now);
        using var key = made.GetECDsaPrivateKey()!;
        StateDirectory.Write(file, made.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        return made;
    }

    private static X509Certificate2? TryLoad(string file)
    {
        try
        {
            return File.Exists(file) ? X509Certificate2.CreateFromPemFile(file) : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static X509Certificate2 Create(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=cortex-apiserver", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1")], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(now.AddHours(-1), now + Lifetime);
    }
}
