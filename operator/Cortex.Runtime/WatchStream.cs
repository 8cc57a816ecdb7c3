using System.Runtime.CompilerServices;
using System.Text.Json;
using k8s;
using k8s.Models;

namespace Cortex.Runtime;

/// <summary>One event of a watch: ADDED, MODIFIED, DELETED or BOOKMARK, with the object as the server sent it.</summary>
internal readonly record struct WatchEvent(string Type, JsonElement Object);

/// <summary>
/// Reads a watch line by line (https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes).
/// </summary>
internal static class WatchStream
{
    /// <summary>Yields events until the server ends the watch.</summary>
    /// <param name="silenceTimeout">A connection without any line for this time, not even a bookmark, counts as dead.</param>
    /// <exception cref="TimeoutException">The connection was silent for too long.</exception>
    /// <exception cref="KubernetesException">The server refused the watch, or ended it with an error such as 410 Gone.</exception>
    public static async IAsyncEnumerable<WatchEvent> ReadAsync(
        ApiConnection api, string path, TimeSpan silenceTimeout, TimeProvider time, [EnumeratorCancellation] CancellationToken ct)
    {
        using var silenceTimer = new CancellationTokenSource(silenceTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, silenceTimer.Token);
        using var response = await OrTimeOutAsync(api.OpenAsync(HttpMethod.Get, path, null, "", either.Token));
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(either.Token));
        while (await OrTimeOutAsync(reader.ReadLineAsync(either.Token).AsTask()) is { } line)
        {
            if (line.Length > 0)
            {
                yield return Parse(line);
            }
        }

        async Task<TResult> OrTimeOutAsync<TResult>(Task<TResult> wait)
        {
            try
            {
                var result = await wait;
                silenceTimer.CancelAfter(silenceTimeout);
                return result;
            }
            catch (Exception exception) when (silenceTimer.IsCancellationRequested && !ct.IsCancellationRequested)
            {
                throw new TimeoutException($"The watch was silent for {silenceTimeout}.", exception);
            }
        }
    }

    private static WatchEvent Parse(string line)
    {
        var json = JsonSerializer.Deserialize<JsonElement>(line);
        var what = new WatchEvent(json.GetProperty("type").GetString()!, json.GetProperty("object"));
        return what.Type is "ERROR" ? throw new KubernetesException(KubernetesJson.Deserialize<V1Status>(what.Object)) : what;
    }
}
