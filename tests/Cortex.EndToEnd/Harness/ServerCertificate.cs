using System.Security.Cryptography.X509Certificates;

namespace Cortex.EndToEnd.Harness;

/// <summary>The certificate that the primary presents to a new connection of openssl.</summary>
public static class ServerCertificate
{
    public static async Task<string> SerialAsync(Cluster cluster)
    {
        var server = (await cluster.AccessAsync()).AddressOf(cluster.Primary);
        var connected = await Tool.RunAsync(
            "openssl", ["s_client", "-starttls", "postgres", "-connect", $"{server.Address}:{server.Port}"]);
        return X509Certificate2.CreateFromPem(connected.Output).SerialNumber;
    }
}
