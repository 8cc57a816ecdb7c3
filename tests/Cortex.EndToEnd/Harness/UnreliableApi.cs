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
/// The API of a cluster on a bad day: whoever comes by way of this has every few requests refused as a real server refuses them, held up, or carried out without an answer; watches expire.
/// </summary>
public sealed class UnreliableApi : IAsyncDisposable
{
    private const int EveryRead = 12;
    private const int EveryWrite = 6;
    private const int EveryWatch = 2;

    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WatchEnds = TimeSpan.FromSeconds(5);

    private readonly WebApplication proxy;
    private readonly HttpMessageInvoker client;
    private readonly string folder = Machine.NewDirectory();
    private readonly ConcurrentDictionary<Fault, int> given = new();
    private (int Reads, int Writes, int Watches) asked;

    private UnreliableApi(string upstream, WebApplication proxy, HttpMessageInvoker client) => (Upstream, this.proxy, this.client) = (upstream, proxy, client);

    public enum Fault
    {
        Conflict = 409,
        Gone = 410,
        TooManyRequests = 429,
        InternalError = 500,
        Unavailable = 503,
        Held = 1,
        AnswerLost = 2,
    }

    /// <summary>The kubeconfig of the real server.</summary>
    public string Upstream { get; }

    /// <summary>One that leads here.</summary>
    public string Kubeconfig => Path.Combine(folder, "kubeconfig");

    /// <summary>How often each fault was given.</summary>
    public IReadOnlyDictionary<Fault, int> Given => given;

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
            current-context: bad-day
            clusters: [{name: bad-day, cluster: {server: "{{address}}"} }]
            contexts: [{name: bad-day, context: {cluster: bad-day, user: nobody} }]
            users: [{name: nobody, user: {token: none} }]
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

    /// <summary>Every so many requests of a sort get the next fault of that sort; the rest go through.</summary>
    private async Task AnswerAsync(HttpContext context, Func<Task> forward)
    {
        var request = context.Request;
        // Whoever comes here is let through as the kubeconfig of the real server says.
        request.Headers.Authorization = default;
        var fault = request switch
        {
            // An upgraded connection is a stream of PostgreSQL's.
            _ when request.Headers.Upgrade.Count > 0 => Next(ref asked.Reads, EveryRead, [Fault.InternalError]),
            _ when request.Query.ContainsKey("watch") => Next(ref asked.Watches, EveryWatch, [Fault.AnswerLost, Fault.Gone, Fault.TooManyRequests]),
            { Method: "GET" } => Next(ref asked.Reads, EveryRead, [Fault.TooManyRequests, Fault.InternalError, Fault.Held, Fault.Unavailable]),
            _ => Next(ref asked.Writes, EveryWrite, [Fault.Conflict, Fault.AnswerLost, Fault.TooManyRequests, Fault.Held, Fault.Unavailable, Fault.AnswerLost, Fault.InternalError]),
        };
        switch (fault)
        {
            case null:
                await forward();
                break;
            case Fault.Held:
                await Task.Delay(Slow, context.RequestAborted);
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
        given.AddOrUpdate(fault, 1, (_, before) => before + 1);
        return fault;
    }

    /// <summary>The server does what it was asked; who asked does not learn of it. A watch breaks off in the middle.</summary>
    private static async Task LoseAnswerAsync(HttpContext context, Func<Task> forward)
    {
        if (context.Request.Query.ContainsKey("watch"))
        {
            _ = Task.Delay(WatchEnds, context.RequestAborted).ContinueWith(_ => context.Abort(), TaskScheduler.Default);
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

        var refusal = new V1Status { ApiVersion = "v1", Kind = "Status", Status = "Failure", Code = code, Reason = ((Fault)code).ToString(), Message = "a bad day" };
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
            ClientCertificates = [X509Certificate2.CreateFromPem(Text(cluster.ClientCertificateData), Text(cluster.ClientCertificateKeyData))],
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
