using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using k8s;
using k8s.Models;

namespace Cortex.Runtime;

/// <summary>
/// Sends requests to an API server with the TLS settings and credentials of a <see cref="Kubernetes"/> client. It works below the client's
/// typed calls, because they can neither end a silent watch nor say which element of a list they could not read.
/// </summary>
/// <remarks>Every refusal is a <see cref="KubernetesException"/> whose Status carries code, reason and message.</remarks>
public sealed class ApiConnection(Kubernetes client, TimeProvider time)
{
    public const string MergePatch = "application/merge-patch+json";
    public const string ApplyPatch = "application/apply-patch+yaml";

    private const string Json = "application/json";

    /// <summary>https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches.</summary>
    private const string MetadataAlone = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

    /// <summary>The client itself, for kinds that have typed calls.</summary>
    public Kubernetes Client => client;

    /// <summary>HTTP/2 has many requests on one connection; HTTP/1.1 takes a program that asks once less time to start.</summary>
    public Version Protocol { get; init; } = HttpVersion.Version20;

    /// <summary>How long one request may take, including its answer. Watches are exempt.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The longest Retry-After that a read waits for. A server that names a longer time gets no second request; the caller backs off.
    /// </summary>
    private static readonly TimeSpan MaxRetryDelay = TimeSpan.FromSeconds(5);

    /// <summary>The delays between the attempts at a read that a busy server refused. The server's Retry-After takes precedence.</summary>
    public IReadOnlyList<TimeSpan> ReadRetryDelays { get; init; } =
    [
        TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(1),
    ];

    /// <summary>
    /// Sends a request and reads the whole answer. A read is repeated a few times when the server is overloaded or fails, because an
    /// observation makes a dozen reads and needs all of them. A write is not repeated: only the caller knows whether it may happen twice.
    /// </summary>
    /// <exception cref="KubernetesException">The server refused the request, or its answer is not JSON.</exception>
    /// <exception cref="TimeoutException">No answer within <see cref="RequestTimeout"/>.</exception>
    /// <exception cref="HttpRequestException">The server could not be reached.</exception>
    public Task<JsonElement> SendAsync(HttpMethod method, string path, string? body, string contentType, CancellationToken ct) =>
        SendAsync(method, path, body, contentType, Json, ct);

    public Task<JsonElement> GetAsync(string path, CancellationToken ct) => SendAsync(HttpMethod.Get, path, null, "", ct);

    /// <summary>The metadata of an object, without the rest of it.</summary>
    public Task<JsonElement> GetMetadataAsync(string path, CancellationToken ct) =>
        SendAsync(HttpMethod.Get, path, null, "", MetadataAlone, ct);

    /// <summary>Sends a request and returns when the headers have arrived. The caller reads and disposes the answer.</summary>
    public Task<HttpResponseMessage> OpenAsync(HttpMethod method, string path, string? body, string contentType, CancellationToken ct) =>
        OpenAsync(method, path, body, contentType, Json, ct);

    private async Task<JsonElement> SendAsync(
        HttpMethod method, string path, string? body, string contentType, string accept, CancellationToken ct)
    {
        using var deadline = new CancellationTokenSource(RequestTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
        try
        {
            using var response = await OpenWithRetriesAsync(method, path, body, contentType, accept, either.Token);
            await using var stream = await response.Content.ReadAsStreamAsync(either.Token);
            using var document = await JsonDocument.ParseAsync(stream, default, either.Token);
            return document.RootElement.Clone();
        }
        catch (OperationCanceledException exception) when (deadline.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw new TimeoutException($"{method} {path}: no answer from the API server within {RequestTimeout}.", exception);
        }
    }

    private async Task<HttpResponseMessage> OpenAsync(
        HttpMethod method, string path, string? body, string contentType, string accept, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, new Uri(client.BaseUri, path)) { Version = Protocol };
        request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(accept));
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, contentType);
        }

        if (client.Credentials is { } credentials)
        {
            await credentials.ProcessHttpRequestAsync(request, ct);
        }

        var response = await client.HttpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw Refusal(method, path, response.StatusCode, await response.Content.ReadAsStringAsync(ct));
        }
    }

    private async Task<HttpResponseMessage> OpenWithRetriesAsync(
        HttpMethod method, string path, string? body, string contentType, string accept, CancellationToken ct)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await OpenAsync(method, path, body, contentType, accept, ct);
            }
            catch (KubernetesException exception) when (method == HttpMethod.Get
                && attempt < ReadRetryDelays.Count
                && exception.IsTransient()
                && RetryDelay(exception, attempt) <= MaxRetryDelay)
            {
                await Task.Delay(RetryDelay(exception, attempt), time, ct);
            }
        }
    }

    private TimeSpan RetryDelay(KubernetesException exception, int attempt) =>
        exception.Status.Details?.RetryAfterSeconds is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : ReadRetryDelays[attempt];

    private static KubernetesException Refusal(HttpMethod method, string path, HttpStatusCode code, string text)
    {
        var status = ReadStatus(text);
        return new KubernetesException(new V1Status
        {
            Status = "Failure",
            Code = (int)code,
            Reason = status?.Reason ?? code.ToString(),
            Details = status?.Details,
            Message = $"{method} {path}: {status?.Message ?? $"the API server answered {(int)code}."}",
        });
    }

    // A proxy between this program and the server may answer, too, in HTML.
    private static V1Status? ReadStatus(string text)
    {
        try
        {
            return KubernetesJson.Deserialize<V1Status>(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Classifies a refusal by its HTTP status code.</summary>
public static class KubernetesExceptions
{
    public static bool Is(this KubernetesException exception, HttpStatusCode code) => exception.Status?.Code == (int)code;

    /// <summary>Whether the same request may succeed a moment later
    /// (https://kubernetes.io/docs/reference/using-api/api-concepts/,
    /// https://kubernetes.io/docs/concepts/cluster-administration/flow-control/).
    /// </summary>
    public static bool IsTransient(this KubernetesException exception) => exception.Status?.Code is 429 or 500 or 502 or 503 or 504;
}
