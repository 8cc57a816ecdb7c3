using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Cortex.EndToEnd.Harness;

/// <summary>
/// A server with a bucket where the instances reach this machine, with a certificate of an authority of its own. On Podman it is on the
/// address that this machine has in a network, where containers of every network reach it and no other machine does.
/// </summary>
public sealed class S3Network : IAsyncDisposable
{
    private readonly string name = $"s3-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3))}";

    private S3Network()
    {
    }

    public S3Server Server { get; private set; } = null!;

    /// <summary>The certificate of the authority.</summary>
    public string AuthorityPem { get; private set; } = "";

    public static async Task<S3Network> StartAsync(string image)
    {
        var network = new S3Network();
        var address = TestTargets.Current is KubernetesTestTarget kubernetes
            ? await kubernetes.MachineAddressAsync()
            : await network.JoinAsync(image);
        network.Server = await S3Server.StartAsync(address, network.Certify(address.ToString()));
        return network;
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        if (TestTargets.Current is not KubernetesTestTarget)
        {
            await Podman.RunAsync("rm", "-f", "-t", "0", name);
            await Podman.RunAsync("network", "rm", name);
        }
    }

    private async Task<IPAddress> JoinAsync(string image)
    {
        await Podman.TextAsync("network", "create", name);
        // The machine has the address while a container is in the network.
        await Podman.TextAsync("run", "-d", "--name", name, "--network", name, "--entrypoint", "sleep", image, "1000");
        var address = await Podman.TextAsync("network", "inspect", "--format", "{{(index .Subnets 0).Gateway}}", name);
        return IPAddress.Parse(address.Trim());
    }

    /// <summary>pgBackRest compares the name of a server with names of hosts in its certificate, also where it is an address.</summary>
    private X509Certificate2 Certify(string host)
    {
        var (from, until) = (DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(2));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=authority of the tests", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = request.CreateSelfSigned(from, until);
        AuthorityPem = authority.ExportCertificatePem();
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var server = new CertificateRequest("CN=s3", own, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        server.CertificateExtensions.Add(names.Build());
        using var signed = server.Create(authority, from, until.AddMinutes(-1), RandomNumberGenerator.GetBytes(8));
        using var pair = signed.CopyWithPrivateKey(own);
        return X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null);
    }
}
