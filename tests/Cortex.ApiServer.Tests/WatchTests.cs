using System.Text.Json.Nodes;
using Cortex.ApiServer.Tests.Support;
using k8s;
using Microsoft.Extensions.Time.Testing;

namespace Cortex.ApiServer.Tests;

public sealed class WatchTests
{
    [Fact]
    public async Task KubernetesClient_sees_the_changes_since_its_revision_and_then_every_new_change()
    {
        await using var server = await TestServer.StartAsync();
        var ct = TestContext.Current.CancellationToken;
        var first = await server.CreateWidgetAsync("first");
        await server.CreateWidgetAsync("missed");
        using var client = server.Kubernetes();
        var seen = client.CustomObjects.WatchListNamespacedCustomObjectAsync(
            "example.dev", "v1", "default", "widgets", resourceVersion: first.ResourceVersion(), cancellationToken: ct);
        await using var events = seen.GetAsyncEnumerator(ct);
        Assert.Equal((WatchEventType.Added, "missed"), await NextAsync(events));
        await server.SendAsync(HttpMethod.Patch, $"{TestServer.Widgets}/first", """{"spec":{"size":4}}""", "application/merge-patch+json");
        Assert.Equal((WatchEventType.Modified, "first"), await NextAsync(events));
        await server.SendAsync(HttpMethod.Delete, $"{TestServer.Widgets}/missed");
        Assert.Equal((WatchEventType.Deleted, "missed"), await NextAsync(events));
    }

    [Fact]
    public async Task A_revision_from_before_the_change_log_is_gone()
    {
        await using var server = await TestServer.StartAsync(changesKept: 10);
        var old = await server.CreateWidgetAsync("old");
        for (var i = 0; i < 120; i++)
        {
            await server.SendAsync(
                HttpMethod.Patch,
                $"{TestServer.Widgets}/old",
                $$$$"""{"metadata":{"annotations":{"i":"{{{{i}}}}"}}}""",
                "application/merge-patch+json");
        }

        var (code, status) = await server.GetAsync($"{TestServer.Widgets}?watch=true&resourceVersion={old.ResourceVersion()}");
        Assert.Equal((410, "Expired"), (code, status.Text("reason")));
        Assert.StartsWith("too old resource version", status.Text("message"), StringComparison.Ordinal);
        Assert.Equal(410, (await server.GetAsync($"{TestServer.Widgets}?watch=true&resourceVersion=99999")).Code);
    }

    [Fact]
    public async Task Bookmarks_carry_the_newest_revision_even_of_other_kinds()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(clock: clock);
        using var watch = await RawWatch.StartAsync(server, "?watch=true&allowWatchBookmarks=true");
        var (_, made) = await server.PostAsync(
            "/api/v1/namespaces", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"elsewhere"}}""");
        var bookmark = watch.NextAsync();
        await Eventually.HoldsAsync("a bookmark comes", () =>
        {
            clock.Advance(TimeSpan.FromSeconds(30));
            return bookmark.IsCompleted;
        });
        var body = await bookmark;
        Assert.Equal("BOOKMARK", body.Text("type"));
        Assert.Equal(made.ResourceVersion(), body["object"]!.AsObject().ResourceVersion());
    }

    [Fact]
    public async Task An_object_that_starts_or_stops_matching_is_added_or_deleted()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateWidgetAsync("moody");
        using var watch = await RawWatch.StartAsync(server, "?watch=true&labelSelector=mood=good");
        foreach (var (mood, expected) in new[] { ("good", "ADDED"), ("bad", "DELETED") })
        {
            var (_, body) = await server.SendAsync(
                HttpMethod.Patch,
                $"{TestServer.Widgets}/moody",
                $$$$"""{"metadata":{"labels":{"mood":"{{{{mood}}}}"}}}""",
                "application/merge-patch+json");
            var seen = await watch.NextAsync();
            Assert.Equal(expected, seen.Text("type"));
            Assert.Equal(body.ResourceVersion(), seen["object"]!.AsObject().ResourceVersion());
        }
    }

    [Fact]
    public async Task A_watch_ends_after_its_timeout_and_when_the_server_stops()
    {
        var server = await TestServer.StartAsync();
        using var brief = await RawWatch.StartAsync(server, "?watch=true&timeoutSeconds=1");
        Assert.True(await brief.EndsAsync());
        using var endless = await RawWatch.StartAsync(server, "?watch=true");
        var end = endless.EndsAsync();
        await server.Api.DisposeAsync();
        Assert.True(await end);
    }

    [Fact]
    public async Task Initial_events_are_refused_as_by_a_server_without_the_feature()
    {
        await using var server = await TestServer.StartAsync();
        var (code, status) = await server.GetAsync(
            $"{TestServer.Widgets}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan");
        Assert.Equal(422, code);
        Assert.Contains("WatchList feature gate", status.Text("message"), StringComparison.Ordinal);
    }

    private static async Task<(WatchEventType, string)> NextAsync(IAsyncEnumerator<(WatchEventType, object)> events)
    {
        Assert.True(await events.MoveNextAsync());
        var (type, item) = events.Current;
        return (type, JsonNode.Parse(KubernetesJson.Serialize(item))!.AsObject().Name());
    }
}
