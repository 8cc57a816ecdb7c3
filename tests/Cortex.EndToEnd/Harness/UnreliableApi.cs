using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s;
using k8s.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Cortex.EndToEnd.Harness;

/// <summary>
/// A proxy of a Kubernetes API that is unreliable: every few requests are refused like by a real server, delayed, or executed without an
/// answer; watches expire.
/// </summary>
public sealed class UnreliableApi : IAsyncDisposable
{
    private const int ReadsPerFault = 12;
    private const int WritesPerFault = 6;
    private const int WatchesPerFault = 2;

    private static readonly TimeSpan RequestDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WatchDuration = TimeSpan.FromSeconds(5);

    private static readonly Fault[] WriteFaults =
    [
        Fault.Conflict, Fault.AnswerLost, Fault.TooManyRequests, Fault.Delayed, Fault.Unavailable, Fault.AnswerLost, Fault.InternalError,
    ];

    private readonly WebApplication proxy;
    private readonly HttpMessageInvoker client;
    private readonly string folder = Machine.NewDirectory();
    private readonly ConcurrentDictionary<Fault, int> injected = new();
    private (int Reads, int Writes, int Watches) requests;

    private UnreliableApi(string upstream, WebApplication proxy, HttpMessageInvoker client) =>
        (Upstream, this.proxy, this.client) = (upstream, proxy, client);

    public enum Fault
    {
        Conflict = 409,
        Gone = 410,
        TooManyRequests = 429,
        InternalError = 500,
        Unavailable = 503,
        Delayed = 1,
        AnswerLost = 2,
    }

    /// <summary>The kubeconfig of the real server.</summary>
    public string Upstream { get; }

    /// <summary>The kubeconfig of this proxy.</summary>
    public string Kubeconfig => Path.Combine(folder, "kubeconfig");

    /// <summary>How often each fault was injected.</summary>
    public IReadOnlyDictionary<Fault, int> Injected => injected;

    public static async Task<UnreliableApi> StartAsync(string upstream)
    {
        var cluster = KubernetesClientConfiguration.BuildConfigFromConfigFile(upstream);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddHttpForwarder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var api = new UnreliableApi(upstream, builder.Build(), new HttpMessageInvoker(Trusting(cluster)));
        var forwarder = api.proxy.Services.GetRequiredService<IHttpForwarder>();
        api.proxy.Run(context => api.AnswerAsync(context, async () => await forwarder.SendAsync(context, cluster.Host, api.client)));
        await api.proxy.StartAsync(TestContext.Current.CancellationToken);
        var address = api.proxy.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        await File.WriteAllTextAsync(
            api.Kubeconfig,
            $$"""
            apiVersion: v1
            kind: Config
            current-context: unreliable
            clusters: [{name: unreliable, cluster: {server: "{{address}}"} }]
            contexts: [{name: unreliable, context: {cluster: unreliable, user: proxy} }]
            users: [{name: proxy, user: {token: none} }]
            """,
            TestContext.Current.CancellationToken);
        return api;
    }

    public async ValueTask DisposeAsync()
    {
        await proxy.DisposeAsync();
        client.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Every n-th request of a kind gets the next fault of that kind; all others are forwarded.</summary>
    private async Task AnswerAsync(HttpContext context, Func<Task> forward)
    {
        var request = context.Request;
        // Requests are forwarded with the credentials of the real server's kubeconfig.
        request.Headers.Authorization = default;
        var fault = request switch
        {
            // An upgraded connection carries a connection to PostgreSQL.
            _ when request.Headers.Upgrade.Count > 0 => Next(ref requests.Reads, ReadsPerFault, [Fault.InternalError]),
            _ when request.Query.ContainsKey("watch") =>
                Next(ref requests.Watches, WatchesPerFault, [Fault.AnswerLost, Fault.Gone, Fault.TooManyRequests]),
            { Method: "GET" } =>
                Next(ref requests.Reads, ReadsPerFault, [Fault.TooManyRequests, Fault.InternalError, Fault.Delayed, Fault.Unavailable]),
            _ => Next(ref requests.Writes, WritesPerFault, WriteFaults),
        };
        switch (fault)
        {
            case null:
                await forward();
                break;
            case Fault.Delayed:
                await Task.Delay(RequestDelay, context.RequestAborted);
                await forward();
                break;
            case Fault.AnswerLost:
                await LoseAnswerAsync(context, forward);
                break;
            case { } refusal:
                await RefuseAsync(context.Response, (int)refusal);
                break;
        }
    }

    private Fault? Next(ref int count, int every, Fault[] faults)
    {
        var number = Interlocked.Increment(ref count);
        if (number % every != 0)
        {
            return null;
        }

        var fault = faults[number / every % faults.Length];
        injected.AddOrUpdate(fault, 1, (_, before) => before + 1);
        return fault;
    }

    /// <summary>The server executes the request, but the client gets no answer. A watch is interrupted.</summary>
    private static async Task LoseAnswerAsync(HttpContext context, Func<Task> forward)
    {
        if (context.Request.Query.ContainsKey("watch"))
        {
            _ = Task.Delay(WatchDuration, context.RequestAborted).ContinueWith(_ => context.Abort(), TaskScheduler.Default);
            await forward();
            return;
        }

        context.Response.Body = Stream.Null;
        await forward();
        context.Abort();
    }

    private static async Task RefuseAsync(HttpResponse response, int code)
    {
        response.StatusCode = code;
        if (code == (int)Fault.TooManyRequests)
        {
            response.Headers.RetryAfter = "1";
        }

        var refusal = new V1Status
        {
            ApiVersion = "v1",
            Kind = "Status",
            Status = "Failure",
            Code = code,
            Reason = ((Fault)code).ToString(),
            Message = "injected fault",
        };
        response.ContentType = "application/json";
        await response.WriteAsync(KubernetesJson.Serialize(refusal));
    }

    private static SocketsHttpHandler Trusting(KubernetesClientConfiguration cluster) => new()
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        SslOptions = new()
        {
            ClientCertificates =
            [
                X509Certificate2.CreateFromPem(Text(cluster.ClientCertificateData), Text(cluster.ClientCertificateKeyData)),
            ],
            CertificateChainPolicy = new()
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { cluster.SslCaCerts[0] },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        },
    };

    private static string Text(string base64) => Encoding.ASCII.GetString(Convert.FromBase64String(base64));
}
