using System.Runtime.CompilerServices;
using System.Text.Json;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Microsoft.Extensions.Logging;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// Podman's events of the containers of clusters. A stream that breaks is opened again, with a growing delay while that fails.
/// </summary>
internal sealed partial class PodmanEvents(LibpodClient podman, OwnChanges changes, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan FirstReconnectDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestReconnectDelay = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Events come nearly in order. An event that is older than this was already sent before: Podman sends hundreds of old events again
    /// whenever it shortens its log of events (at 1 MB, where the logger is <c>file</c>).
    /// </summary>
    private static readonly TimeSpan DisorderTolerance = TimeSpan.FromSeconds(1);

    private static readonly string Query = Uri.EscapeDataString(JsonSerializer.Serialize(
        new Dictionary<string, string[]>
        {
            ["type"] = ["container"],
            ["event"] = ["died", "start", "pause", "unpause", "remove"],
            ["label"] = [$"{Labels.ManagedBy}={Labels.ManagedByValue}"],
        },
        LibpodJson.Default.DictionaryStringStringArray));

    public async IAsyncEnumerable<ClusterKey> WatchAsync([EnumeratorCancellation] CancellationToken ct)
    {
        var delay = FirstReconnectDelay;
        for (var first = true; ; first = false)
        {
            ct.ThrowIfCancellationRequested();
            var began = clock.GetTimestamp();
            await using var stream = await TryOpenAsync(ct);
            if (stream is not null)
            {
                // Podman does not send missed events again: every cluster may have changed.
                foreach (var key in first ? [] : await KnownAsync(ct))
                {
                    yield return key;
                }

                await foreach (var key in ReadAsync(stream, ct))
                {
                    yield return key;
                }
            }

            // Only a stream that lasted for a while resets the delay.
            delay = clock.GetElapsedTime(began) > LongestReconnectDelay ? FirstReconnectDelay : delay;
            await Task.Delay(delay, clock, ct);
            delay = delay * 2 < LongestReconnectDelay ? delay * 2 : LongestReconnectDelay;
        }
    }

    private async Task<Stream?> TryOpenAsync(CancellationToken ct)
    {
        try
        {
            return await podman.OpenAsync(HttpMethod.Get, $"events?stream=true&filters={Query}", ct);
        }
        catch (TargetException e)
        {
            Unreachable(e.Message);
            return null;
        }
    }

    private async IAsyncEnumerable<ClusterKey> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken ct)
    {
        var latest = clock.GetUtcNow();
        using var lines = new StreamReader(stream);
        while (await TryReadLineAsync(lines, ct) is { } line)
        {
            if (Parse(line) is not { } received || received.At < latest - DisorderTolerance)
            {
                continue;
            }

            latest = received.At > latest ? received.At : latest;
            if (ClusterOf(received) is { } key)
            {
                yield return key;
            }
        }
    }

    private static async Task<string?> TryReadLineAsync(StreamReader lines, CancellationToken ct)
    {
        try
        {
            return await lines.ReadLineAsync(ct);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>
    /// The cluster that an event concerns. One-shots have no instance label and are left out, as are changes of the operator itself. Of a
    /// job, or of a pod that is not an instance, only the end matters.
    /// </summary>
    private ClusterKey? ClusterOf(EventLine received) =>
        received.Actor?.Attributes is { } labels && (IsEndOfOther(received, labels) || IsOfServer(received, labels))
            ? Labels.Owner(labels)
            : null;

    private static bool IsEndOfOther(EventLine received, IReadOnlyDictionary<string, string> labels) =>
        received.Status == "died" && (labels.ContainsKey(Labels.JobOf) || labels.ContainsKey(Labels.Workload));

    private bool IsOfServer(EventLine received, IReadOnlyDictionary<string, string> labels) =>
        labels.TryGetValue(Labels.Instance, out var instance)
        && labels.TryGetValue("name", out var container) && container == Names.Container(instance)
        && !changes.Cover(instance, received.At);

    /// <summary>The last line of a broken stream may be incomplete.</summary>
    private static EventLine? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, LibpodJson.Default.EventLine);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task<IReadOnlyList<ClusterKey>> KnownAsync(CancellationToken ct)
    {
        try
        {
            var rows = (await podman.ListAsync(
                "containers/json?all=true", ct)).OrThrow("list containers").Read(LibpodJson.Default.ListContainerRow);
            return [.. rows.Select(row => Labels.Owner(row.Labels)).OfType<ClusterKey>().Distinct()];
        }
        catch (TargetException e)
        {
            Unreachable(e.Message);
            return [];
        }
    }

    [LoggerMessage(310, LogLevel.Warning, "Podman's events cannot be received: {Why}")]
    private partial void Unreachable(string why);
}
