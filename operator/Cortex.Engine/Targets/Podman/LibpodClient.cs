using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// Podman's own REST API over its unix socket (https://docs.podman.io/en/latest/_static/api.html). Every call has a time limit; whatever
/// keeps an answer from coming is a <see cref="TargetException"/>, while a refusal is a <see cref="LibpodReply"/> that the caller judges.
/// </summary>
public sealed class LibpodClient : IDisposable
{
    /// <summary>The oldest API that has all we call; every later Podman serves it too.</summary>
    public const string Root = "http://podman/v4.0.0/libpod/";

    private const int ListRetries = 5;

    /// <summary>Of an answer: more than a machine with ten thousand containers has to say.</summary>
    private const int Most = 64 * 1024 * 1024;

    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(30);

    private readonly HttpClient http;
    private readonly string endpoint;

    /// <param name="endpoint">What to call the service in messages.</param>
    /// <param name="connect">Opens a connection to it, starting it first where that is our part.</param>
    public LibpodClient(string endpoint, Func<CancellationToken, ValueTask<Stream>> connect)
    {
        this.endpoint = endpoint;
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = (_, ct) => connect(ct),
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
        };
        http = new HttpClient(handler) { BaseAddress = new Uri(Root), Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Connects to a socket that somebody else serves.</summary>
    public static async ValueTask<Stream> DialAsync(string path, CancellationToken ct)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <param name="most">
    /// So many bytes are kept of the answer; of a longer one, <see cref="LibpodReply.IsCut"/>, the rest is not even fetched.
    /// </param>
    public Task<LibpodReply> GetAsync(string path, CancellationToken ct, int most = Most) =>
        SendAsync(HttpMethod.Get, path, null, Usual, ct, most);

    /// <summary>
    /// A list. Podman looks at each thing by itself: one that goes away meanwhile turns the whole answer into a refusal, so it is asked
    /// again.
    /// </summary>
    public async Task<LibpodReply> ListAsync(string path, CancellationToken ct)
    {
        var reply = await GetAsync(path, ct);
        for (var again = 0; again < ListRetries && !reply.Succeeded && reply.Message.Contains("no such", StringComparison.Ordinal); again++)
        {
            reply = await GetAsync(path, ct);
        }

        return reply;
    }

    /// <summary>What the service says of itself.</summary>
    public async Task<ServiceInfo> InfoAsync(CancellationToken ct) =>
        (await GetAsync("info", ct)).OrThrow("tell about itself").Read(LibpodJson.Default.ServiceInfo);

    public Task<LibpodReply> DeleteAsync(string path, CancellationToken ct) => SendAsync(HttpMethod.Delete, path, null, Usual, ct);

    public Task<LibpodReply> PostAsync(string path, CancellationToken ct, TimeSpan? limit = null) =>
        SendAsync(HttpMethod.Post, path, null, limit ?? Usual, ct);

    public Task<LibpodReply> PostAsync<T>(string path, T body, JsonTypeInfo<T> type, CancellationToken ct) =>
        PostAsync(path, JsonSerializer.SerializeToUtf8Bytes(body, type), "application/json", Usual, ct);

    /// <summary>
    /// Sends a body under exactly that media type: Podman from 5.3 on compares the header literally, so it carries no charset.
    /// </summary>
    public Task<LibpodReply> PostAsync(string path, ReadOnlyMemory<byte> body, string mediaType, TimeSpan limit, CancellationToken ct)
    {
        var content = new ReadOnlyMemoryContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        return SendAsync(HttpMethod.Post, path, content, limit, ct);
    }

    /// <summary>An answer that goes on: events, or the output of a container. Only its beginning has a time limit.</summary>
    public async Task<Stream> OpenAsync(HttpMethod method, string path, CancellationToken ct)
    {
        using var timed = new TimeLimit(Usual, ct);
        using var request = new HttpRequestMessage(method, path);
        try
        {
            var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timed.Token);
            if (response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.SwitchingProtocols)
            {
                return await response.Content.ReadAsStreamAsync(ct);
            }

            using (response)
            {
                throw (await ReadAsync(response, Most, timed.Token)).Refusal($"answer {path}");
            }
        }
        catch (Exception e) when (Explain(e, Usual, ct) is { } explained)
        {
            throw explained;
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<LibpodReply> SendAsync(
        HttpMethod method, string path, HttpContent? content, TimeSpan limit, CancellationToken ct, int most = Most)
    {
        using var timed = new TimeLimit(limit, ct);
        using var request = new HttpRequestMessage(method, path) { Content = content };
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timed.Token);
            return await ReadAsync(response, most, timed.Token);
        }
        catch (Exception e) when (Explain(e, limit, ct) is { } explained)
        {
            throw explained;
        }
    }

    private static async Task<LibpodReply> ReadAsync(HttpResponseMessage response, int most, CancellationToken ct)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (body.Length < most && await stream.ReadAsync(buffer, ct) is > 0 and var count)
        {
            body.Write(buffer, 0, count);
        }

        return new LibpodReply((int)response.StatusCode, body.GetBuffer().AsMemory(0, (int)body.Length), body.Length >= most);
    }

    private TargetException? Explain(Exception e, TimeSpan limit, CancellationToken ct) => e switch
    {
        OperationCanceledException when !ct.IsCancellationRequested =>
            new TargetException(
                $"Podman at {endpoint} gave no answer within {limit.TotalSeconds:0} s", "look at its load and at `cortex doctor`", e),
        HttpRequestException { InnerException: TargetException inner } => inner,
        HttpRequestException or IOException or SocketException =>
            new TargetException(
                $"Podman cannot be reached at {endpoint} ({Innermost(e).Message})", "start its service or run `cortex doctor`", e),
        _ => null,
    };

    private static Exception Innermost(Exception e) => e.InnerException is { } inner ? Innermost(inner) : e;
}

/// <summary>The caller's token, or the end of the time that a call is given.</summary>
internal sealed class TimeLimit : IDisposable
{
    private readonly CancellationTokenSource source;

    public TimeLimit(TimeSpan limit, CancellationToken ct)
    {
        source = CancellationTokenSource.CreateLinkedTokenSource(ct);
        source.CancelAfter(limit);
    }

    public CancellationToken Token => source.Token;

    public void Dispose() => source.Dispose();
}
