using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// Podman's own REST API over its unix socket (https://docs.podman.io/en/latest/_static/api.html). Every call has a time limit. A missing
/// answer is a <see cref="TargetException"/>; a refusal is a <see cref="LibpodReply"/> that the caller evaluates.
/// </summary>
public sealed class LibpodClient : IDisposable
{
    /// <summary>The oldest API that has all endpoints in use; every later Podman serves it, too.</summary>
    public const string Root = "http://podman/v4.0.0/libpod/";

    private const int ListRetries = 5;

    /// <summary>The limit for an answer: larger than the lists of a machine with ten thousand containers.</summary>
    private const int LargestAnswer = 64 * 1024 * 1024;

    private static readonly TimeSpan UsualRequestTimeout = TimeSpan.FromSeconds(30);

    private readonly HttpClient http;
    private readonly string endpoint;

    /// <param name="endpoint">The name of the service in messages.</param>
    /// <param name="connect">Opens a connection to the service, and starts the operator's own service first if needed.</param>
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

    /// <summary>Connects to an existing socket.</summary>
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
    /// The number of bytes that are read of the answer; the rest of a longer answer is not read, see <see cref="LibpodReply.IsCut"/>.
    /// </param>
    public Task<LibpodReply> GetAsync(string path, CancellationToken ct, int most = LargestAnswer) =>
        SendAsync(HttpMethod.Get, path, null, UsualRequestTimeout, ct, most);

    /// <summary>
    /// Requests a list. Podman inspects each object of a list: if one is removed at that moment, Podman refuses the whole request, so it is
    /// repeated.
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

    /// <summary>What the service reports about itself.</summary>
    public async Task<ServiceInfo> InfoAsync(CancellationToken ct) =>
        (await GetAsync("info", ct)).OrThrow("tell about itself").Read(LibpodJson.Default.ServiceInfo);

    public Task<LibpodReply> DeleteAsync(string path, CancellationToken ct) =>
        SendAsync(HttpMethod.Delete, path, null, UsualRequestTimeout, ct);

    public Task<LibpodReply> PostAsync(string path, CancellationToken ct, TimeSpan? limit = null) =>
        SendAsync(HttpMethod.Post, path, null, limit ?? UsualRequestTimeout, ct);

    public Task<LibpodReply> PostAsync<T>(string path, T body, JsonTypeInfo<T> type, CancellationToken ct) =>
        PostAsync(path, JsonSerializer.SerializeToUtf8Bytes(body, type), "application/json", UsualRequestTimeout, ct);

    /// <summary>
    /// Sends a body with exactly this media type: Podman from 5.3 on compares the header literally, so it has no charset.
    /// </summary>
    public Task<LibpodReply> PostAsync(string path, ReadOnlyMemory<byte> body, string mediaType, TimeSpan limit, CancellationToken ct)
    {
        var content = new ReadOnlyMemoryContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        return SendAsync(HttpMethod.Post, path, content, limit, ct);
    }

    /// <summary>Opens an answer without end: events, or the output of a container. Only its beginning has a time limit.</summary>
    public async Task<Stream> OpenAsync(HttpMethod method, string path, CancellationToken ct)
    {
        using var timed = new TimeLimit(UsualRequestTimeout, ct);
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
                throw (await ReadAsync(response, LargestAnswer, timed.Token)).Refusal($"answer {path}");
            }
        }
        catch (Exception e) when (Explain(e, UsualRequestTimeout, ct) is { } explained)
        {
            throw explained;
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<LibpodReply> SendAsync(
        HttpMethod method, string path, HttpContent? content, TimeSpan limit, CancellationToken ct, int most = LargestAnswer)
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

/// <summary>A token that is cancelled by the caller's token or after a time.</summary>
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
