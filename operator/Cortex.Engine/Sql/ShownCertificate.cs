using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Cortex.Core.Pki;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Sql;

/// <summary>
/// The certificate that a server shows to a client, trusted or not. It tells a server that does not run from one that runs and cannot be
/// verified, because it has not loaded the certificate that its secret has now.
/// </summary>
public static class ShownCertificate
{
    /// <summary>SSLRequest (https://www.postgresql.org/docs/current/protocol-message-formats.html).</summary>
    private static readonly byte[] Request = [0, 0, 0, 8, 4, 210, 22, 47];

    /// <summary>Null when it shows none in this time, or what is none.</summary>
    public static async Task<CertificateFacts?> ReadAsync(InstanceAddress server, TimeSpan patience, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(patience);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(server.Host, server.Port, deadline.Token);
            var plain = client.GetStream();
            await plain.WriteAsync(Request, deadline.Token);
            var answer = new byte[1];
            await plain.ReadExactlyAsync(answer, deadline.Token);
            return answer[0] == (byte)'S' && await HandshakeAsync(plain, server, deadline.Token) is { } pem
                ? CertificateFacts.Read(pem)
                : null;
        }
        catch (Exception) when (!ct.IsCancellationRequested)
        {
            // Nobody listens there, it says nothing, or it speaks something else.
            return null;
        }
    }

    /// <summary>Ends with the certificate: the connection is for nothing else, whoever is at the other end.</summary>
    private static async Task<string?> HandshakeAsync(NetworkStream plain, InstanceAddress server, CancellationToken ct)
    {
        string? shown = null;
        await using var tls = new SslStream(plain, leaveInnerStreamOpen: true, (_, certificate, _, _) =>
        {
            shown = (certificate as X509Certificate2)?.ExportCertificatePem();
            return false;
        });
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = server.Name ?? server.Host }, ct);
        }
        catch (System.Security.Authentication.AuthenticationException)
        {
            // As intended.
        }

        return shown;
    }
}
