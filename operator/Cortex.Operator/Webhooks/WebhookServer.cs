using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Cortex.ApiServer;
using Cortex.Core.Pki;
using Cortex.Runtime;
using k8s;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace Cortex.Operator.Webhooks;

/// <summary>
/// The validating webhook: an HTTPS server that API servers call before they store a CortexCluster. It issues, publishes and renews its own
/// certificate. Nothing depends on it: the planner applies the same rules.
/// </summary>
public sealed class WebhookServer : IAsyncDisposable
{
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Each API server keeps one or two connections open.</summary>
    private const int MaxConnections = 64;

    private readonly CancellationTokenSource stopping = new();
    private readonly WebApplication app;
    private readonly CertificateRenewal renewal;
    private readonly ReviewEndpoint reviews;
    private volatile SslServerAuthenticationOptions? tls;
    private Task renewing = Task.CompletedTask;

    private WebhookServer(WebhookOptions options, Kubernetes client, ILoggerFactory logs, TimeProvider clock)
    {
        // The renewal of the certificate is repeated anyway, so its reads need no retries.
        var api = new ApiConnection(client, clock) { ReadRetryDelays = [] };
        renewal = new CertificateRenewal(
            options, new IdentitySecret(
                new(api), options.OwnNamespace), new Registration(api), Serve, clock, logs.CreateLogger<CertificateRenewal>());
        app = EmbeddedHost.Create(logs, kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = ReviewEndpoint.MaxReviewBytes;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            EmbeddedHost.Listen(kestrel, options.Address, options.Port, Secure);
        });
        reviews = new ReviewEndpoint(new ScaleReviewer(new(api)), options.ReviewTimeout, clock, logs.CreateLogger<ReviewEndpoint>());
        app.Run(reviews.HandleAsync);
    }

    /// <summary>The address on which the server listens.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Why requests cannot be answered yet; null if they can.</summary>
    public string? WhyNotReady => tls is null ? renewal.LastError ?? "there is no certificate yet" : null;

    /// <summary>
    /// Starts to listen. The certificate follows when the API has returned it. Until then connections are refused, and API servers continue
    /// without this webhook.
    /// </summary>
    /// <exception cref="IOException">The port is in use.</exception>
    public static async Task<WebhookServer> StartAsync(
        WebhookOptions options, Kubernetes client, ILoggerFactory logs, TimeProvider clock, CancellationToken ct)
    {
        var server = new WebhookServer(options, client, logs, clock);
        try
        {
            await server.app.StartAsync(ct);
            server.Address = EmbeddedHost.AddressOf(server.app);
            server.renewing = server.renewal.RunAsync(server.stopping.Token);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for running requests. The Secret and the configuration are kept for the next operator.</summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await renewing;
        using (var timeout = new CancellationTokenSource(ShutdownTimeout))
        {
            await app.StopAsync(timeout.Token);
        }

        await app.DisposeAsync();
        reviews.Dispose();
        stopping.Dispose();
    }

    private void Secure(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        // Called for each connection, so that a renewed certificate is served without a restart.
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = _ => ValueTask.FromResult(tls ?? throw new AuthenticationException("there is no certificate yet")),
        });
    }

    private void Serve(KeyPair leaf)
    {
        // The former certificate is not disposed, because a handshake may be using it.
        var certificate = X509Certificate2.CreateFromPem(leaf.CertificatePem, leaf.PrivateKeyPem);
        tls = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        };
    }
}
