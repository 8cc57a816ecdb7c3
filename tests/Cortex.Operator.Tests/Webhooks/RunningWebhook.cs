using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Cortex.Operator.Webhooks;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cortex.Operator.Tests.Webhooks;

/// <summary>The real HTTPS server on loopback, with clients.</summary>
internal sealed class RunningWebhook : IAsyncDisposable
{
    private static readonly WebhookOptions Options = new("cortex-system") { Address = IPAddress.Loopback };

    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly WebhookServer server;

    private RunningWebhook(WebhookServer server, WebhookApi api, ObservedTime clock) => (this.server, Api, Clock) = (server, api, clock);

    public WebhookApi Api { get; }

    public ObservedTime Clock { get; }

    public Uri Address => server.Address;

    public string? WhyNotReady => server.WhyNotReady;

    /// <summary>Returns when the first check is done.</summary>
    public static async Task<RunningWebhook> StartAsync(WebhookApi? api = null)
    {
        api ??= new WebhookApi();
        var clock = new ObservedTime();
        clock.SetUtcNow(Start);
        var server = await WebhookServer.StartAsync(
            Options, api.Connect(), NullLoggerFactory.Instance, clock, TestContext.Current.CancellationToken);
        var running = new RunningWebhook(server, api, clock);
        await running.CheckedAsync(api.Refuses is null);
        return running;
    }

    /// <summary>Lets time pass, and returns when the check that was due is done and a certificate is served.</summary>
    public async Task PassAsync(TimeSpan span)
    {
        Clock.Advance(span);
        await CheckedAsync(served: true);
    }

    public Task NextCheckAsync() => PassAsync(Options.CheckInterval);

    /// <summary>Sends a request like an API server that trusts <paramref name="bundle"/> only.</summary>
    /// <exception cref="HttpRequestException">The server's certificate is not trusted.</exception>
    public async Task<(HttpStatusCode Code, string Text)> SendAsync(
        string bundle, string body, string path = "/validate", HttpMethod? method = null)
    {
        using var handler = new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = (_, leaf, _, errors) => Trusts(bundle, leaf, errors) },
        };
        using var client = new HttpClient(handler);
        using var request = new HttpRequestMessage(method ?? HttpMethod.Post, new Uri(Address, path))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        // As with a Service, the name of the host is verified, whatever the address is.
        request.Headers.Host = "cortex-webhook.cortex-system.svc";
        // The server refuses a request that is too large by its length, before the body is sent.
        request.Headers.ExpectContinue = body.Length > 1024 * 1024;
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>A client for many reviews over one connection.</summary>
    public HttpClient Connect() =>
        new(
            new SocketsHttpHandler
            {
                SslOptions = { RemoteCertificateValidationCallback = (_, leaf, _, errors) => Trusts(Api.Bundle, leaf, errors) },
            })
    {
        BaseAddress = Address,
        DefaultRequestHeaders = { Host = "cortex-webhook.cortex-system.svc" },
    };

    public async Task<JsonObject> ReviewAsync(string review)
    {
        var (code, text) = await SendAsync(Api.Bundle, review);
        Assert.Equal(HttpStatusCode.OK, code);
        var answer = JsonNode.Parse(text)!;
        Assert.Equal(
            ("admission.k8s.io/v1", "AdmissionReview"), (answer["apiVersion"]!.GetValue<string>(), answer["kind"]!.GetValue<string>()));
        return answer["response"]!.AsObject();
    }

    /// <summary>Sends the beginning of a review and waits; returns the first line of the answer.</summary>
    public async Task<string?> StallAsync()
    {
        var ct = TestContext.Current.CancellationToken;
        using var socket = new TcpClient();
        await socket.ConnectAsync(Address.Host, Address.Port, ct);
        await using var tls = new SslStream(socket.GetStream(), false, (_, leaf, _, errors) => Trusts(Api.Bundle, leaf, errors));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "cortex-webhook.cortex-system.svc" }, ct);
        await tls.WriteAsync(
            "POST /validate HTTP/1.1\r\nHost: cortex\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"u8.ToArray(), ct);
        using var lines = new StreamReader(tls);
        return await lines.ReadLineAsync(ct);
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    /// <summary>A check is done when the wait for the next one begins; without a certificate that wait is shorter.</summary>
    private Task CheckedAsync(bool served) => Clock.SleepsAsync(served ? Options.CheckInterval : Options.RetryInterval);

    private bool Trusts(string bundle, X509Certificate? leaf, SslPolicyErrors errors)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.ImportFromPem(bundle);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = Clock.GetUtcNow().UtcDateTime;
        return !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) && chain.Build((X509Certificate2)leaf!);
    }
}
