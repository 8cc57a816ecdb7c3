using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cortex.ApiServer.Errors;
using Cortex.ApiServer.Lifecycle;
using Cortex.ApiServer.Requests;
using Cortex.ApiServer.Storage;
using Cortex.ApiServer.Watching;

namespace Cortex.ApiServer.Endpoints;

/// <summary>
/// A stream of changes after a resource version, or of all existing objects followed by every new change.
/// https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
/// </summary>
internal sealed class Watch(ObjectStore store, WatchHub hub, Answers answers, TimeProvider clock)
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(45);
    private static readonly TimeSpan BookmarkInterval = TimeSpan.FromMinutes(1);

    /// <param name="request">The collection to watch.</param>
    /// <param name="stopping">Ends every watch when the server shuts down.</param>
    public async Task ServeAsync(ResourceRequest request, CancellationToken stopping)
    {
        ListOptions.Check(request);
        var filter = new WatchFilter(request, answers);
        using var subscription = hub.Subscribe(request.Resource.StorageName, request.Path.Namespace);
        var (first, from) = Backlog(request, filter);
        using var timeout = new CancellationTokenSource(request.Timeout ?? DefaultTimeout, clock);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stopping, request.Aborted);
        request.Http.Response.ContentType = "application/json";
        try
        {
            await request.Http.Response.Body.FlushAsync(end.Token);
            await SendAsync(request, first, end.Token);
            from = await FollowAsync(request, filter, subscription, from, end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested && !request.Aborted.IsCancellationRequested)
        {
            // The regular end of a watch: the answer is complete, and the client resumes at its last version.
        }
    }

    private (IReadOnlyList<JsonObject> Events, long From) Backlog(ResourceRequest request, WatchFilter filter)
    {
        var (resource, namespaceName) = (request.Resource.StorageName, request.Path.Namespace);
        if (request.ResourceVersion is not (null or 0) and { } since)
        {
            var changes = store.ChangesSince(resource, namespaceName, since)
                ?? throw Refusals.Expired($"too old resource version: {since} ({store.Revision})");
            return ([.. changes.Select(filter.Event).OfType<JsonObject>()], changes.Count == 0 ? since : changes[^1].Revision);
        }

        var page = store.List(new(resource, namespaceName))!;
        return ([.. page.Items.Select(filter.Initial).OfType<JsonObject>()], page.Revision);
    }

    private async Task<long> FollowAsync(
        ResourceRequest request, WatchFilter filter, Subscription subscription, long from, CancellationToken ct)
    {
        var nextBookmark = request.AllowsBookmarks ? Task.Delay(BookmarkInterval, clock, ct) : Task.Delay(Timeout.InfiniteTimeSpan, ct);
        var more = subscription.Changes.WaitToReadAsync(ct).AsTask();
        while (true)
        {
            await Task.WhenAny(more, nextBookmark);
            ct.ThrowIfCancellationRequested();
            // Read before the queue is drained. Every change up to this revision is in the queue by then, so the bookmark skips no event.
            var revision = store.Revision;
            var events = new List<JsonObject>();
            while (subscription.Changes.TryRead(out var change))
            {
                if (change.Revision > from && filter.Event(change) is { } item)
                {
                    events.Add(item);
                }

                from = Math.Max(from, change.Revision);
            }

            if (nextBookmark.IsCompleted)
            {
                from = Math.Max(from, revision);
                events.Add(Bookmark(request, from));
                nextBookmark = Task.Delay(BookmarkInterval, clock, ct);
            }

            await SendAsync(request, events, ct);
            if (!more.IsCompleted)
            {
                continue;
            }

            if (!await more)
            {
                return from;
            }

            more = subscription.Changes.WaitToReadAsync(ct).AsTask();
        }
    }

    private static JsonObject Bookmark(ResourceRequest request, long revision) => new()
    {
        ["type"] = "BOOKMARK",
        ["object"] = new JsonObject
        {
            ["kind"] = request.Accept.IsMetadata ? request.Accept.As : request.Resource.Kind,
            ["apiVersion"] = request.Accept.IsMetadata ? $"meta.k8s.io/{request.Accept.Version}" : request.Resource.ApiVersion,
            ["metadata"] = new JsonObject
            {
                ["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture),
                ["creationTimestamp"] = null,
            },
        },
    };

    private static async Task SendAsync(ResourceRequest request, IReadOnlyList<JsonObject> events, CancellationToken ct)
    {
        if (events.Count == 0)
        {
            return;
        }

        var body = request.Http.Response.BodyWriter;
        foreach (var item in events)
        {
            body.Write(JsonSerializer.SerializeToUtf8Bytes(item, Json.Compact));
            body.Write("\n"u8);
        }

        await body.FlushAsync(ct);
    }
}
