using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Cortex.Core.Pki;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Sql;

/// <summary>
/// The certificate that a server presents to a client, trusted or not. It distinguishes a server that does not run from one that cannot be
/// verified because it has not loaded the present certificate of its secret.
/// </summary>
public static class ShownCertificate
{
    /// <summary>SSLRequest (https://www.postgresql.org/docs/current/protocol-message-formats.html).</summary>
    private static readonly byte[] Request = [0, 0, 0, 8, 4, 210, 22, 47];

    /// <summary>Null when the server presents no certificate in this time, or something else.</summary>
    public static async Task<CertificateFacts?> ReadAsync(InstanceAddress server, TimeSpan limit, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(limit);
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
            // No server listens there, it does not answer, or it speaks another protocol.
            return null;
        }
    }

    /// <summary>
    /// Ends the handshake when the certificate has arrived: the connection has no other purpose, so trust does not matter.
    /// </summary>
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
            // Expected: the callback rejects every certificate.
        }

        return shown;
    }
}
