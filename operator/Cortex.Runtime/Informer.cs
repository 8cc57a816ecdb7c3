using System.Net;
using System.Text.Json;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Cortex.Runtime;

public sealed record InformerOptions
{
    /// <summary>The namespace to watch; empty for all namespaces and for cluster-scoped kinds.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>A selector as <c>kubectl -l</c> takes it; empty for all objects.</summary>
    public string LabelSelector { get; init; } = "";

    /// <summary>
    /// A watch that is silent for this time is opened again, which costs one request and loses nothing. kube-apiserver sends a bookmark
    /// every minute; this is a little longer.
    /// </summary>
    public TimeSpan SilenceTimeout { get; init; } = TimeSpan.FromSeconds(75);

    /// <summary>The server is asked to end a watch after this time at the earliest, and after twice this time at the latest.</summary>
    public TimeSpan WatchDuration { get; init; } = TimeSpan.FromMinutes(5);

    public BackoffPolicy Backoff { get; init; } = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(15));
}

/// <summary>
/// Keeps an <see cref="ObjectCache{T}"/> of one kind and reports every change. It lists the objects, then watches from the version of the
/// list.
/// </summary>
/// <remarks>
/// <code>
///              all pages                    the server ends it, silence, cut connection
///   LIST ----------------------> WATCH -----------------------------------------------> WATCH from the last version seen
///    ^                             |
///    +-----------------------------+  410 Gone, or any refusal that does not pass by waiting
/// </code>
/// A second list reports the deletions that the watch missed. It reports nothing about objects that have not changed.
/// </remarks>
/// <param name="onChange">Called for one change at a time, after the cache contains it. It should only enqueue a key.</param>
/// <param name="jitter">Returns a random number from 0 to below 1.</param>
public sealed partial class Informer<T>(
    ApiConnection api, InformerOptions options,
    Action<Change<T>> onChange, TimeProvider time, Func<double> jitter, ILogger<Informer<T>> logger)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    // A watch that lasted this long counts as healthy, even without a change.
    private static readonly TimeSpan HealthyWatchDuration = TimeSpan.FromSeconds(5);

    private readonly ResourceKind kind = ResourceKind.Of<T>();
    private readonly TaskCompletionSource synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? version;
    private int failures;

    public ObjectCache<T> Cache { get; } = new();

    private string Collection => kind.CollectionPath(options.Namespace);

    private string Selector => options.LabelSelector is "" ? "" : $"&labelSelector={Uri.EscapeDataString(options.LabelSelector)}";

    /// <summary>Whether the first list has been read completely.</summary>
    public bool HasSynced => synced.Task.IsCompletedSuccessfully;

    /// <summary>Completes when the first list has been read completely.</summary>
    public Task WaitForSyncAsync(CancellationToken ct) => synced.Task.WaitAsync(ct);

    /// <summary>Lists and watches until cancelled. Failures of the API server are logged and retried.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            var started = time.GetTimestamp();
            var delay = TimeSpan.Zero;
            try
            {
                version ??= await ListAsync(ct);
                await WatchAsync(version, ct);
                // A server that ends every watch immediately must not be asked again immediately.
                if (time.GetElapsedTime(started) < HealthyWatchDuration)
                {
                    delay = NextDelay(started);
                }
            }
            catch (Exception) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (TimeoutException exception)
            {
                WatchWentSilent(exception, kind.Plural);
            }
            catch (Exception exception)
            {
                if (NeedsList(exception))
                {
                    version = null;
                }

                Interrupted(exception, kind.Plural, delay = NextDelay(started), version is null ? "list" : "watch");
            }

            await Task.Delay(delay, time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Every refusal but overload and outage may mean that the server cannot serve this version: 410 Gone, or a store that was restored from
    // a backup.
    private static bool NeedsList(Exception exception) =>
        exception is KubernetesException refused
            && !refused.Is(HttpStatusCode.TooManyRequests)
            && !refused.Is(HttpStatusCode.ServiceUnavailable);

    private TimeSpan NextDelay(long started)
    {
        failures = time.GetElapsedTime(started) < HealthyWatchDuration ? failures + 1 : 1;
        return options.Backoff.After(failures, jitter());
    }

    private async Task<string> ListAsync(CancellationToken ct)
    {
        var seen = new HashSet<ObjectKey>();
        var listed = "";
        await foreach (var page in ListPages.ReadAsync(api, Collection, Selector, ct))
        {
            listed = page.ResourceVersion;
            foreach (var item in page.Items)
            {
                seen.Add(KeyOf(item));
                Upsert(item);
            }
        }

        foreach (var gone in Cache.Keys.Where(key => !seen.Contains(key)))
        {
            Remove(gone, null);
        }

        synced.TrySetResult();
        Listed(kind.Plural, seen.Count, listed);
        return listed;
    }

    private async Task WatchAsync(string from, CancellationToken ct)
    {
        var seconds = (int)(options.WatchDuration.TotalSeconds * (1 + jitter()));
        var position = $"timeoutSeconds={seconds}&resourceVersion={Uri.EscapeDataString(from)}";
        var path = $"{Collection}?watch=true&allowWatchBookmarks=true&{position}{Selector}";
        await foreach (var (type, item) in WatchStream.ReadAsync(api, path, options.SilenceTimeout, time, ct))
        {
            if (type is "DELETED")
            {
                Remove(KeyOf(item), Read(item));
            }
            else if (type is not "BOOKMARK")
            {
                Upsert(item);
            }

            version = VersionOf(item);
            failures = 0;
        }
    }

    private void Upsert(JsonElement json)
    {
        var key = KeyOf(json);
        var known = Cache.TryGet(key, out var before);
        if (known && before!.Metadata.ResourceVersion == VersionOf(json) || Read(json) is not { } item)
        {
            return;
        }

        Cache.Set(key, item);
        Notify(new(known ? ChangeKind.Modified : ChangeKind.Added, key, item, before));
    }

    private void Remove(ObjectKey key, T? final)
    {
        if (Cache.Remove(key, out var last))
        {
            Notify(new(ChangeKind.Deleted, key, final ?? last, last));
        }
    }

    private void Notify(Change<T> change)
    {
        try
        {
            onChange(change);
        }
        catch (Exception exception)
        {
            ListenerFailed(exception, kind.Plural, change.Kind, change.Key);
        }
    }

    // One object that these types cannot read must not hide all the others. An invalid time is a FormatException.
    private T? Read(JsonElement json)
    {
        try
        {
            return KubernetesJson.Deserialize<T>(json);
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            Unreadable(exception, kind.Plural, KeyOf(json));
            return null;
        }
    }

    private static ObjectKey KeyOf(JsonElement item) => new(MetadataOf(item, "namespace"), MetadataOf(item, "name"));

    private static string VersionOf(JsonElement item) => MetadataOf(item, "resourceVersion");

    private static string MetadataOf(JsonElement item, string field) =>
        item.GetProperty("metadata").TryGetProperty(field, out var value) ? value.GetString() ?? "" : "";

    [LoggerMessage(1100, LogLevel.Debug, "{Kind}: listed {Count} at version {Version}")]
    private partial void Listed(string kind, int count, string version);

    [LoggerMessage(1101, LogLevel.Information, "{Kind}: the watch is silent, opening it again")]
    private partial void WatchWentSilent(Exception exception, string kind);

    [LoggerMessage(1102, LogLevel.Warning, "{Kind}: the API server refused or broke off, {Next} again in {Delay}")]
    private partial void Interrupted(Exception exception, string kind, TimeSpan delay, string next);

    [LoggerMessage(1103, LogLevel.Error, "{Kind}: {Key} cannot be read, so its last known state is kept; correct its fields")]
    private partial void Unreadable(Exception exception, string kind, ObjectKey key);

    [LoggerMessage(1104, LogLevel.Error, "{Kind}: the listener failed at {Change} of {Key}")]
    private partial void ListenerFailed(Exception exception, string kind, ChangeKind change, ObjectKey key);
}
