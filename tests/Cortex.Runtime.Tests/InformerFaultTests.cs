using System.Net;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Cortex.Runtime.Tests;

/// <summary>An informer with a misbehaving server. The server is scripted, and the time is fake.</summary>
public sealed class InformerFaultTests : IAsyncDisposable
{
    private const string ListLine = "GET /apis/runtime.test/v1/namespaces/default/widgets?limit=500";
    private const string WatchLine =
        "GET /apis/runtime.test/v1/namespaces/default/widgets?watch=true&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=";

    private readonly ScriptedApi api = new();
    private readonly ObservedTime time = new();
    private readonly LogBook<Informer<Widget>> log = new();
    private readonly Channel<string> changes = Channel.CreateUnbounded<string>();
    private readonly CancellationTokenSource stop = new();
    private readonly Informer<Widget> informer;
    private readonly Task run;

    public InformerFaultTests()
    {
        var options = new InformerOptions { Namespace = "default" };
        informer = new(
            api.Connect(time),
            options,
            c => changes.Writer.TryWrite($"{c.Kind} {c.Key.Name} {c.Before?.Spec?.Colour ?? "-"}>{c.Item.Spec?.Colour}"),
            time,
            () => 0,
            log);
        run = informer.RunAsync(stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await run;
        stop.Dispose();
        api.Dispose();
    }

    [Fact]
    public async Task All_pages_of_a_list_are_read_before_the_informer_has_synced()
    {
        (await api.NextAsync(ListLine)).List("7", [Widget.Json("a", "1")], more: "token 2");
        var second = await api.NextAsync(ListLine + "&continue=token%202");
        Assert.False(informer.WaitForSyncAsync(TestContext.Current.CancellationToken).IsCompleted);
        second.List("7", [Widget.Json("b", "2")]);
        await informer.WaitForSyncAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["default/a", "default/b"], informer.Cache.Keys.Select(k => k.ToString()).Order());
        await api.NextAsync(WatchLine + "7");
    }

    [Fact]
    public async Task After_410_a_second_list_reports_only_the_missed_changes()
    {
        var watch = await Start(Widget.Json("same", "1"), Widget.Json("changed", "2"), Widget.Json("gone", "3"));
        await watch.SendAsync(
            "ERROR", new() { ["kind"] = "Status", ["code"] = 410, ["reason"] = "Expired", ["message"] = "too old resource version" });
        await Rest(50);
        (await api.NextAsync(ListLine)).List(
            "20", [Widget.Json("same", "1"), Widget.Json("changed", "12", "blue"), Widget.Json("new", "13")]);
        await api.NextAsync(WatchLine + "20");
        Assert.Equal(["Modified changed red>blue", "Added new ->red", "Deleted gone red>red"], Changes());
    }

    [Fact]
    public async Task After_a_broken_connection_the_watch_continues_from_the_last_version()
    {
        var watch = await Start(Widget.Json("a", "1"));
        await watch.SendAsync("MODIFIED", Widget.Json("a", "11", "blue"));
        Assert.Equal("Modified a red>blue", await changes.Reader.ReadAsync(TestContext.Current.CancellationToken));
        watch.Cut();
        await Rest(50);
        var second = (await api.NextAsync(WatchLine + "11")).Watch();
        await second.SendAsync("DELETED", Widget.Json("a", "16", "blue"));
        Assert.Equal("Deleted a blue>blue", await changes.Reader.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Empty(informer.Cache.Keys);
    }

    [Fact]
    public async Task A_bookmark_moves_the_version_to_continue_from_and_reports_no_change()
    {
        var watch = await Start(Widget.Json("a", "1"));
        await watch.BookmarkAsync("15");
        watch.End();
        await Rest(50);
        await api.NextAsync(WatchLine + "15");
        Assert.Empty(Changes());
    }

    [Fact]
    public async Task A_silent_connection_is_replaced_immediately_and_a_bookmark_is_not_silence()
    {
        var watch = await Start();
        time.Advance(TimeSpan.FromSeconds(74));
        await watch.BookmarkAsync("12");
        await watch.SendAsync("ADDED", Widget.Json("a", "13"));
        await changes.Reader.ReadAsync(TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(74));
        Assert.True(api.Idle);
        time.Advance(TimeSpan.FromSeconds(1));
        await api.NextAsync(WatchLine + "13");
    }

    [Fact]
    public async Task A_server_that_ends_every_watch_immediately_is_asked_with_growing_delays()
    {
        (await Start()).End();
        for (var delay = 50; delay < 1000; delay *= 2)
        {
            await Rest(delay);
            (await api.NextAsync(WatchLine + "10")).Watch().End();
        }
    }

    [Theory, InlineData(HttpStatusCode.ServiceUnavailable, WatchLine), InlineData(HttpStatusCode.TooManyRequests, WatchLine)]
    [InlineData(HttpStatusCode.GatewayTimeout, ListLine)]
    [InlineData(HttpStatusCode.Forbidden, ListLine)]
    [InlineData(HttpStatusCode.Gone, ListLine)]
    public async Task A_refused_watch_is_retried_after_a_delay(HttpStatusCode code, string next)
    {
        var watch = await Start();
        watch.Cut();
        await Rest(50);
        (await api.NextAsync(WatchLine)).Refuse(code);
        await Rest(100);
        await api.NextAsync(next);
    }

    [Theory]
    [InlineData("spec", "\"not an object\"")]
    [InlineData("metadata", """{"namespace":"default","name":"a","resourceVersion":"11","creationTimestamp":"99999999999999999999"}""")]
    public async Task An_unreadable_object_hides_no_other_object_and_does_not_count_as_deleted(string member, string content)
    {
        var watch = await Start(Widget.Json("a", "1"), Widget.Json("b", "2"));
        var broken = Widget.Json("a", "11");
        broken[member] = JsonNode.Parse(content);
        await watch.SendAsync("MODIFIED", broken);
        await watch.SendAsync("MODIFIED", Widget.Json("b", "12", "blue"));
        Assert.Equal("Modified b red>blue", await changes.Reader.ReadAsync(TestContext.Current.CancellationToken));
        Assert.True(informer.Cache.TryGet(new("default", "a"), out var known) && known.Spec!.Colour == "red");
        Assert.Contains(
            log.Lines, l => l.Level is LogLevel.Error && l.Text.StartsWith("widgets: default/a cannot be read", StringComparison.Ordinal));
    }

    private async Task<ScriptedApi.Watch> Start(params JsonObject[] items)
    {
        (await api.NextAsync(ListLine)).List("10", items);
        var watch = (await api.NextAsync(WatchLine + "10")).Watch();
        Assert.Equal(items.Length, Changes().Count);
        return watch;
    }

    private List<string> Changes()
    {
        var seen = new List<string>();
        while (changes.Reader.TryRead(out var change))
        {
            seen.Add(change);
        }

        return seen;
    }

    /// <summary>Waits until the informer waits for exactly this long, and advances the time.</summary>
    private async Task Rest(int milliseconds)
    {
        await time.SleepsAsync(TimeSpan.FromMilliseconds(milliseconds));
        Assert.True(api.Idle);
        time.Advance(TimeSpan.FromMilliseconds(milliseconds));
    }
}
