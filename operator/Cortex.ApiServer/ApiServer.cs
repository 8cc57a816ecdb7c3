using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Cortex.ApiServer.Access;
using Cortex.ApiServer.Endpoints;
using Cortex.ApiServer.Lifecycle;
using Cortex.ApiServer.Requests;
using Cortex.ApiServer.Resources;
using Cortex.ApiServer.Storage;
using Cortex.ApiServer.Watching;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Cortex.ApiServer;

/// <summary>
/// A Kubernetes-compatible API for custom resources in one process: TLS and token on 127.0.0.1, objects in SQLite.
/// It behaves as kube-apiserver does, and refuses what it does not support in kube-apiserver's words.
/// </summary>
public sealed class ApiServer : IAsyncDisposable
{
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(2);
    private readonly StateDirectory state;
    private readonly X509Certificate2 certificate;
    private readonly ObjectStore store;
    private readonly CancellationTokenSource stopping;
    private readonly WebApplication app;

    private ApiServer(
        StateDirectory state, X509Certificate2 certificate, ObjectStore store, CancellationTokenSource stopping, WebApplication app) =>
        (this.state, this.certificate, this.store, this.stopping, this.app) = (state, certificate, store, stopping, app);

    /// <summary>https://127.0.0.1:port</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>A kubeconfig (mode 0600) with certificate and token, written at every start.</summary>
    public string KubeconfigPath => state.Kubeconfig;

    /// <summary>Starts the server. When this returns, it answers requests and the kubeconfig exists.</summary>
    /// <exception cref="StoreException">Another server uses the state directory, the database is damaged, belongs to another program or to
    /// a newer version, or the disk is full.</exception>
    /// <exception cref="IOException">The port is in use.</exception>
    public static async Task<ApiServer> StartAsync(ApiServerOptions options, ILoggerFactory logs, TimeProvider clock, CancellationToken ct)
    {
        var state = new StateDirectory(options.StateDirectory);
        ApiServer? server = null;
        try
        {
            server = Build(options, state, logs, clock);
            await server.ListenAsync(options, ct);
            return server;
        }
        catch
        {
            if (server is null)
            {
                state.Dispose();
            }
            else
            {
                await server.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>Ends watches immediately, lets running requests finish, and closes the database.</summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        using (var timeout = new CancellationTokenSource(ShutdownTimeout))
        {
            await app.StopAsync(timeout.Token);
        }

        await app.DisposeAsync();
        store.Dispose();
        certificate.Dispose();
        stopping.Dispose();
        state.Dispose();
    }

    private static ApiServer Build(ApiServerOptions options, StateDirectory state, ILoggerFactory logs, TimeProvider clock)
    {
        var certificate = ServingCertificate.LoadOrCreate(state.Certificate, clock.GetUtcNow());
        var token = BearerToken.LoadOrCreate(state.Token);
        var hub = new WatchHub();
        var store = new ObjectStore(state.Database, options.ChangesKept, hub.Publish);
        var catalog = new ResourceCatalog();
        Seed.Apply(store, catalog, options.Definitions, clock.GetUtcNow());
        var stopping = new CancellationTokenSource();
        var answers = new Answers(new(clock));
        var lifecycle = new ObjectLifecycle(store, catalog, new(clock), new(store, catalog, clock));
        var pipeline = new RequestPipeline(token, catalog, new(catalog, options.Version), new(new(catalog, options.Version)),
            new(store, lifecycle, answers), new(lifecycle), new(store, hub, answers, clock), logs.CreateLogger<ApiServer>(),
            stopping.Token);
        var app = Listener(state, options.Port, certificate, logs);
        app.Run(pipeline.HandleAsync);
        return new(state, certificate, store, stopping, app);
    }

    private static WebApplication Listener(StateDirectory state, int port, X509Certificate2 certificate, ILoggerFactory logs) =>
        EmbeddedHost.Create(logs, kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = RequestBody.MaxBytes;
            // Warnings contain the user's field names, which may be in any script.
            kestrel.ResponseHeaderEncodingSelector = _ => Encoding.UTF8;
            kestrel.Listen(IPAddress.Loopback, port > 0 ? port : state.RememberedPort ?? 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.UseHttps(certificate);
            });
        });

    private async Task ListenAsync(ApiServerOptions options, CancellationToken ct)
    {
        await app.StartAsync(ct);
        Address = EmbeddedHost.AddressOf(app);
        state.RememberedPort = Address.Port;
        var token = BearerToken.LoadOrCreate(state.Token).Text;
        StateDirectory.Write(KubeconfigPath, Kubeconfig.Render(options.ContextName, Address, certificate.ExportCertificatePem(), token));
    }
}
