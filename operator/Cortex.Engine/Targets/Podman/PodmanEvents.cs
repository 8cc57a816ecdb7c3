using System.Runtime.CompilerServices;
using System.Text.Json;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Microsoft.Extensions.Logging;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// What happens to our containers, as Podman tells it. A stream that breaks off is opened again, ever more slowly while that fails.
/// </summary>
internal sealed partial class PodmanEvents(LibpodClient podman, OwnDoings doings, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Events come nearly in order. One that is older than this is an old one told again: Podman does that with hundreds whenever it
    /// shortens its log of events (at 1 MB, where the logger is <c>file</c>).
    /// </summary>
    private static readonly TimeSpan Disorder = TimeSpan.FromSeconds(1);

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
        var pause = FirstPause;
        for (var first = true; ; first = false)
        {
            ct.ThrowIfCancellationRequested();
            var began = clock.GetTimestamp();
            await using var stream = await TryOpenAsync(ct);
            if (stream is not null)
            {
                // What happened while nobody listened is not told again: everything of ours may have changed.
                foreach (var key in first ? [] : await KnownAsync(ct))
                {
                    yield return key;
                }

                await foreach (var key in ReadAsync(stream, ct))
                {
                    yield return key;
                }
            }

            // Only a stream that held for a while makes up for the failures before it.
            pause = clock.GetElapsedTime(began) > LongestPause ? FirstPause : pause;
            await Task.Delay(pause, clock, ct);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
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
            Unheard(e.Message);
            return null;
        }
    }

    private async IAsyncEnumerable<ClusterKey> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken ct)
    {
        var latest = clock.GetUtcNow();
        using var lines = new StreamReader(stream);
        while (await TryReadLineAsync(lines, ct) is { } line)
        {
            if (Parse(line) is not { } happening || happening.At < latest - Disorder)
            {
                continue;
            }

            latest = happening.At > latest ? happening.At : latest;
            if (Whose(happening) is { } key)
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
    /// The cluster that an event concerns. One-shots carry no instance label and are left out; so is what we did ourselves. Of a job, or of
    /// a pod that is not an instance, its end alone tells something.
    /// </summary>
    private ClusterKey? Whose(EventLine happening) =>
        happening.Actor?.Attributes is { } labels && (IsEndOfOther(happening, labels) || IsOfServer(happening, labels))
            ? Labels.Owner(labels)
            : null;

    private static bool IsEndOfOther(EventLine happening, IReadOnlyDictionary<string, string> labels) =>
        happening.Status == "died" && (labels.ContainsKey(Labels.JobOf) || labels.ContainsKey(Labels.Workload));

    private bool IsOfServer(EventLine happening, IReadOnlyDictionary<string, string> labels) =>
        labels.TryGetValue(Labels.Instance, out var instance)
        && labels.TryGetValue("name", out var container) && container == Names.Container(instance)
        && !doings.Cover(instance, happening.At);

    /// <summary>The last line of a stream that broke off may be half a line.</summary>
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
            Unheard(e.Message);
            return [];
        }
    }

    [LoggerMessage(310, LogLevel.Warning, "Podman's events cannot be heard: {Why}")]
    private partial void Unheard(string why);
}
