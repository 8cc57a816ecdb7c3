using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Web;

namespace Cortex.Engine.Tests.Targets;

/// <summary>The part of Podman's API that secrets and the list of a cluster need, in memory.</summary>
internal sealed class FakeLibpod : IAsyncDisposable
{
    private readonly HttpListener listener = new();
    private readonly int port = Machine.FreePort();
    private readonly Task serving;
    private int made;

    public FakeLibpod()
    {
        listener.Prefixes.Add($"http://*:{port}/");
        listener.Start();
        serving = ServeAsync();
    }

    /// <summary>Whether secrets keep labels, as in Podman 4.4 and later.</summary>
    public bool KeepsLabels { get; set; }

    /// <summary>The labels of the cluster's network; null without a network.</summary>
    public Dictionary<string, string>? Network { get; set; }

    /// <summary>The names of containers of another owner, outside of pods.</summary>
    public IReadOnlyList<string> Containers { get; set; } = [];

    public ConcurrentDictionary<string, Secret> Secrets { get; } = new();

    public async ValueTask<Stream> ConnectAsync(CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port, ct);
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>Stores a secret of another owner.</summary>
    public void Put(string name) =>
        Secrets[name] = new Secret($"{++made}", "theirs"u8.ToArray(), null, new() { ["path"] = "/configured/by/the/user" });

    public async ValueTask DisposeAsync()
    {
        listener.Close();
        await serving;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var http = await listener.GetContextAsync();
                var (code, body) = await AnswerAsync(http.Request);
                http.Response.StatusCode = code;
                if (code != 204)
                {
                    await http.Response.OutputStream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(body));
                }

                http.Response.Close();
            }
        }
        catch (Exception end) when (end is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task<(int Code, object? Body)> AnswerAsync(HttpListenerRequest request)
    {
        var path = request.Url!.AbsolutePath.Replace("/v4.0.0/libpod/", "", StringComparison.Ordinal).Split('/');
        return (request.HttpMethod, path) switch
        {
            ("GET", ["networks", ..]) =>
                Network is { } labels ? (200, new { Name = "n", Labels = labels }) : (404, new { message = "no such network" }),
            ("GET", ["secrets", "json"]) => (200, Secrets.Select(pair => Row(pair.Key, pair.Value)).ToArray()),
            ("GET", ["containers", "json"]) => (200, Containers.Select(one => new { Id = one, Names = new[] { one } }).ToArray()),
            ("GET", _) => (200, Array.Empty<object>()),
            ("DELETE", ["secrets", var name]) => Secrets.TryRemove(name, out _) ? (204, null) : (404, new { message = "no such secret" }),
            ("POST", ["secrets", "create"]) => await CreateAsync(request),
            _ => (500, new { message = $"{request.HttpMethod} {request.Url} is unknown here" }),
        };
    }

    private async Task<(int Code, object? Body)> CreateAsync(HttpListenerRequest request)
    {
        using var body = new MemoryStream();
        await request.InputStream.CopyToAsync(body);
        var query = HttpUtility.ParseQueryString(request.Url!.Query);
        var options = Map(query["driveropts"]) ?? [];
        options.TryAdd("path", "/configured/by/the/user");
        var secret = new Secret($"{++made}", body.ToArray(), KeepsLabels ? Map(query["labels"]) : null, options);
        return Secrets.TryAdd(query["name"]!, secret)
            ? (200, new { secret.Id })
            : (500, new { message = $"{query["name"]}: secret name in use" });
    }

    private static Dictionary<string, string>? Map(string? json) =>
        json is null ? null : JsonSerializer.Deserialize<Dictionary<string, string>>(json);

    private static object Row(string name, Secret secret) =>
        new { ID = secret.Id, Spec = new { Name = name, secret.Labels, Driver = new { Name = "file", secret.Options } } };

    public sealed record Secret(string Id, byte[] Content, Dictionary<string, string>? Labels, Dictionary<string, string> Options);
}
