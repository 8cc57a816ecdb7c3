using System.Net;
using System.Text.Json;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Cortex.Runtime;

public sealed record InformerOptions
{
    /// <summary>The namespace to look at; empty for all, and for cluster-scoped kinds.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>As <c>kubectl -l</c> takes it; empty for all objects.</summary>
    public string LabelSelector { get; init; } = "";

    /// <summary>
    /// A watch silent for so long is opened anew, which costs one request and loses nothing. A little over the minute in which
    /// kube-apiserver sends a bookmark.
    /// </summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(75);

    /// <summary>After how long the server is asked to end a watch, at the least; at most twice that.</summary>
    public TimeSpan WatchLength { get; init; } = TimeSpan.FromMinutes(5);

    public BackoffPolicy Backoff { get; init; } = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(15));
}

/// <summary>
/// Keeps an <see cref="ObjectCache{T}"/> of one kind and tells of every change: lists, then watches from the list's version on.
/// </summary>
/// <remarks>
/// <code>
///              all pages                    the server ends it, silence, cut connection
///   LIST ----------------------> WATCH -----------------------------------------------> WATCH from the last version seen
///    ^                             |
///    +-----------------------------+  410 Gone, or any refusal that waiting does not mend
/// </code>
/// A relist tells of deletions that the watch missed, and nothing of objects that have not changed.
/// </remarks>
/// <param name="onChange">Called one change at a time, after the cache has it. It should do no more than enqueue.</param>
/// <param name="chance">Jitter: a number from 0 to below 1.</param>
public sealed partial class Informer<T>(
    ApiConnection api, InformerOptions options,
    Action<Change<T>> onChange, TimeProvider time, Func<double> chance, ILogger<Informer<T>> logger)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    // A watch that lived so long was a good one, even if nothing happened.
    private static readonly TimeSpan GoodWatch = TimeSpan.FromSeconds(5);

    private readonly ResourceKind kind = ResourceKind.Of<T>();
    private readonly TaskCompletionSource synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? version;
    private int failures;

    public ObjectCache<T> Cache { get; } = new();

    private string Collection => kind.CollectionPath(options.Namespace);

    private string Selector => options.LabelSelector is "" ? "" : $"&labelSelector={Uri.EscapeDataString(options.LabelSelector)}";

    /// <summary>Whether the first list has been read in full.</summary>
    public bool HasSynced => synced.Task.IsCompletedSuccessfully;

    /// <summary>Completes when the first list has been read in full.</summary>
    public Task WaitForSyncAsync(CancellationToken ct) => synced.Task.WaitAsync(ct);

    /// <summary>Lists and watches until cancelled. Faults of the API server are logged and outlived.</summary>
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
                // A server that ends every watch at once must not be asked at once.
                if (time.GetElapsedTime(started) < GoodWatch)
                {
                    delay = NextDelay(started);
                }
            }
            catch (Exception) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (TimeoutException e)
            {
                WatchWentSilent(e, kind.Plural);
            }
            catch (Exception e)
            {
                if (NeedsList(e))
                {
                    version = null;
                }

                Interrupted(e, kind.Plural, delay = NextDelay(started), version is null ? "list" : "watch");
            }

            await Task.Delay(delay, time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Anything but overload and outage may mean that the version is one the server cannot serve: 410 Gone, or a store restored from a
    // backup.
    private static bool NeedsList(Exception e) =>
        e is KubernetesException refused && !refused.Is(HttpStatusCode.TooManyRequests) && !refused.Is(HttpStatusCode.ServiceUnavailable);

    private TimeSpan NextDelay(long started)
    {
        failures = time.GetElapsedTime(started) < GoodWatch ? failures + 1 : 1;
        return options.Backoff.After(failures, chance());
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
        var seconds = (int)(options.WatchLength.TotalSeconds * (1 + chance()));
        var position = $"timeoutSeconds={seconds}&resourceVersion={Uri.EscapeDataString(from)}";
        var path = $"{Collection}?watch=true&allowWatchBookmarks=true&{position}{Selector}";
        await foreach (var (type, item) in WatchStream.ReadAsync(api, path, options.Silence, time, ct))
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
        Tell(new(known ? ChangeKind.Modified : ChangeKind.Added, key, item, before));
    }

    private void Remove(ObjectKey key, T? final)
    {
        if (Cache.Remove(key, out var last))
        {
            Tell(new(ChangeKind.Deleted, key, final ?? last, last));
        }
    }

    private void Tell(Change<T> change)
    {
        try
        {
            onChange(change);
        }
        catch (Exception e)
        {
            ListenerFailed(e, kind.Plural, change.Kind, change.Key);
        }
    }

    // One object that our types cannot read must not hide all the others.
    private T? Read(JsonElement json)
    {
        try
        {
            return KubernetesJson.Deserialize<T>(json);
        }
        catch (Exception e) when (e is JsonException or FormatException)   // a time that is none is the latter
        {
            Unreadable(e, kind.Plural, KeyOf(json));
            return null;
        }
    }

    private static ObjectKey KeyOf(JsonElement item) => new(MetadataOf(item, "namespace"), MetadataOf(item, "name"));

    private static string VersionOf(JsonElement item) => MetadataOf(item, "resourceVersion");

    private static string MetadataOf(JsonElement item, string field) =>
        item.GetProperty("metadata").TryGetProperty(field, out var value) ? value.GetString() ?? "" : "";

    [LoggerMessage(1100, LogLevel.Debug, "{Kind}: listed {Count} at version {Version}")]
    private partial void Listed(string kind, int count, string version);

    [LoggerMessage(1101, LogLevel.Information, "{Kind}: the connection is silent, opening it anew")]
    private partial void WatchWentSilent(Exception e, string kind);

    [LoggerMessage(1102, LogLevel.Warning, "{Kind}: lost sight of the API server, {Next} again in {Delay}")]
    private partial void Interrupted(Exception e, string kind, TimeSpan delay, string next);

    [LoggerMessage(1103, LogLevel.Error, "{Kind}: {Key} cannot be read and is left as it was known; correct its fields")]
    private partial void Unreadable(Exception e, string kind, ObjectKey key);

    [LoggerMessage(1104, LogLevel.Error, "{Kind}: the listener failed at {Change} of {Key}")]
    private partial void ListenerFailed(Exception e, string kind, ChangeKind change, ObjectKey key);
}
