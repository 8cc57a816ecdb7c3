using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using k8s;
using k8s.Models;

namespace Cortex.Runtime;

/// <summary>
/// Sends requests to an API server with the TLS and credentials of a <see cref="Kubernetes"/> client. Below its typed calls, because those
/// can neither time out a silent watch nor say which element of a list they could not read.
/// </summary>
/// <remarks>Every refusal is a <see cref="KubernetesException"/> whose Status carries code, reason and message.</remarks>
public sealed class ApiConnection(Kubernetes client, TimeProvider time)
{
    public const string MergePatch = "application/merge-patch+json";
    public const string ApplyPatch = "application/apply-patch+yaml";

    /// <summary>The client underneath, for kinds that have typed calls.</summary>
    public Kubernetes Client => client;

    /// <summary>HTTP/2 has many requests on one connection; HTTP/1.1 takes a program that asks once less time to start.</summary>
    public Version Protocol { get; init; } = HttpVersion.Version20;

    /// <summary>How long one request may take, answer included. Watches are exempt.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A server that wants to be left alone for longer is; whoever asked backs off.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>The pauses between the attempts at a read that a busy server refused; it may name another.</summary>
    public IReadOnlyList<TimeSpan> ReadPauses { get; init; } = [TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(1)];

    /// <summary>
    /// Sends a request and reads the whole answer. A read that the server was too busy or too broken for is sent again a few times, for whoever looks at the world asks a
    /// dozen things and needs all the answers; a write is left to those who know whether it may happen twice.
    /// </summary>
    /// <exception cref="KubernetesException">The server refused, or answered with something else than JSON.</exception>
    /// <exception cref="TimeoutException">No answer within <see cref="RequestTimeout"/>.</exception>
    /// <exception cref="HttpRequestException">The server could not be reached.</exception>
    public async Task<JsonElement> SendAsync(HttpMethod method, string path, string? body, string contentType, CancellationToken ct)
    {
        using var deadline = new CancellationTokenSource(RequestTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
        try
        {
            using var response = await OpenPatientlyAsync(method, path, body, contentType, either.Token);
            await using var stream = await response.Content.ReadAsStreamAsync(either.Token);
            using var document = await JsonDocument.ParseAsync(stream, default, either.Token);
            return document.RootElement.Clone();
        }
        catch (OperationCanceledException e) when (deadline.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw new TimeoutException($"{method} {path}: no answer from the API server within {RequestTimeout}.", e);
        }
    }

    public Task<JsonElement> GetAsync(string path, CancellationToken ct) => SendAsync(HttpMethod.Get, path, null, "", ct);

    /// <summary>Sends a request and returns as soon as the headers are there; the caller reads and disposes the answer.</summary>
    public async Task<HttpResponseMessage> OpenAsync(HttpMethod method, string path, string? body, string contentType, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, new Uri(client.BaseUri, path)) { Version = Protocol };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, contentType);
        if (client.Credentials is { } credentials) await credentials.ProcessHttpRequestAsync(request, ct);
        var response = await client.HttpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        if (response.IsSuccessStatusCode) return response;
        using (response) throw Refusal(method, path, response.StatusCode, await response.Content.ReadAsStringAsync(ct));
    }

    private async Task<HttpResponseMessage> OpenPatientlyAsync(HttpMethod method, string path, string? body, string contentType, CancellationToken ct)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await OpenAsync(method, path, body, contentType, ct);
            }
            catch (KubernetesException e) when (method == HttpMethod.Get && attempt < ReadPauses.Count && e.IsPassing() && PauseOf(e, attempt) <= LongestPause)
            {
                await Task.Delay(PauseOf(e, attempt), time, ct);
            }
        }
    }

    private TimeSpan PauseOf(KubernetesException e, int attempt) =>
        e.Status.Details?.RetryAfterSeconds is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : ReadPauses[attempt];

    private static KubernetesException Refusal(HttpMethod method, string path, HttpStatusCode code, string text)
    {
        var said = ReadStatus(text);
        return new KubernetesException(new V1Status
        {
            Status = "Failure",
            Code = (int)code,
            Reason = said?.Reason ?? code.ToString(),
            Details = said?.Details,
            Message = $"{method} {path}: {said?.Message ?? $"the API server answered {(int)code}."}",
        });
    }

    // Between us and the server a proxy may answer too, in HTML.
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

/// <summary>Asks of a refusal what code compares: its HTTP status code.</summary>
public static class Refusals
{
    public static bool Is(this KubernetesException e, HttpStatusCode code) => e.Status?.Code == (int)code;

    /// <summary>The same request may well be answered a moment later
    /// (https://kubernetes.io/docs/reference/using-api/api-concepts/, https://kubernetes.io/docs/concepts/cluster-administration/flow-control/).
    /// </summary>
    public static bool IsPassing(this KubernetesException e) => e.Status?.Code is 429 or 500 or 502 or 503 or 504;
}
