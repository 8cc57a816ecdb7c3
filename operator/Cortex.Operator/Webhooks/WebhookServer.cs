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
/// The validating webhook: an HTTPS server that API servers ask before they store a CortexCluster, with a certificate that it issues, publishes and renews itself.
/// Nothing depends on it: without it the same rules are the planner's.
/// </summary>
public sealed class WebhookServer : IAsyncDisposable
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    /// <summary>API servers keep one or two each.</summary>
    private const int MostConnections = 64;

    private readonly CancellationTokenSource stopping = new();
    private readonly WebApplication app;
    private readonly CertificateKeeper keeper;
    private readonly ReviewEndpoint reviews;
    private volatile SslServerAuthenticationOptions? tls;
    private Task keeping = Task.CompletedTask;

    private WebhookServer(WebhookOptions options, Kubernetes client, ILoggerFactory logs, TimeProvider clock)
    {
        // The keeper of its certificate comes round again by itself.
        var api = new ApiConnection(client, clock) { ReadRetryDelays = [] };
        keeper = new CertificateKeeper(
            options, new IdentitySecret(new(api), options.OwnNamespace), new Registration(api), Serve, clock, logs.CreateLogger<CertificateKeeper>());
        app = EmbeddedHost.Create(logs, kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = ReviewEndpoint.LargestReview;
            kestrel.Limits.MaxConcurrentConnections = MostConnections;
            EmbeddedHost.Listen(kestrel, options.Address, options.Port, Secure);
        });
        reviews = new ReviewEndpoint(new ScaleJudge(new(api)), options.Patience, clock, logs.CreateLogger<ReviewEndpoint>());
        app.Run(reviews.HandleAsync);
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Why no API server can be answered yet; null when one can.</summary>
    public string? WhyNotReady => tls is null ? keeper.Trouble ?? "the certificate is on its way" : null;

    /// <summary>Starts to listen. The certificate follows as soon as the API gives it; until then connections are refused, and API servers go on without us.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<WebhookServer> StartAsync(WebhookOptions options, Kubernetes client, ILoggerFactory logs, TimeProvider clock, CancellationToken ct)
    {
        var server = new WebhookServer(options, client, logs, clock);
        try
        {
            await server.app.StartAsync(ct);
            server.Address = EmbeddedHost.AddressOf(server.app);
            server.keeping = server.keeper.RunAsync(server.stopping.Token);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Lets running requests finish, and leaves Secret and configuration as they are: the next operator takes them up.</summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await keeping;
        using (var patience = new CancellationTokenSource(Farewell))
        {
            await app.StopAsync(patience.Token);
        }

        await app.DisposeAsync();
        reviews.Dispose();
        stopping.Dispose();
    }

    private void Secure(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        // Asked for each connection, so that a renewed certificate is shown without a restart.
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = _ => ValueTask.FromResult(tls ?? throw new AuthenticationException("there is no certificate yet")),
        });
    }

    private void Serve(KeyPair leaf)
    {
        // Not disposed when it is replaced: a handshake may be using it.
        var certificate = X509Certificate2.CreateFromPem(leaf.CertificatePem, leaf.PrivateKeyPem);
        tls = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        };
    }
}
