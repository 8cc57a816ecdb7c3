using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace Cortex.Runtime.Tests;

public sealed class EventRecorderTests : IAsyncDisposable
{
    private const string Path = "/api/v1/namespaces/default/events";

    private readonly ScriptedApi api = new();
    private readonly ObservedTime time = new();
    private readonly LogBook<EventRecorder> log = new();
    private readonly CancellationTokenSource stop = new();
    private readonly EventRecorder events;
    private readonly Task run;

    public EventRecorderTests()
    {
        events = new(api.Connect(time, patient: true), new EventOptions("cortex-operator", "host-1"), time, log);
        run = events.RunAsync(stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        time.Advance(TimeSpan.FromMinutes(1));
        await run;
        stop.Dispose();
        api.Dispose();
    }

    [Fact]
    public async Task A_repeated_event_is_counted_and_a_different_event_is_created()
    {
        Say("Fenced", "primary lost");
        var first = await Created();
        Assert.Equal(
            ("Fenced", 1, "cortex-operator", "host-1"),
            ((string)first["reason"]!, (int)first["count"]!, (string)first["reportingComponent"]!, (string)first["reportingInstance"]!));
        Assert.Equal("a", (string)first["involvedObject"]!["name"]!);
        time.Advance(TimeSpan.FromSeconds(90));
        Say("Fenced", "primary lost");
        var counted = await api.NextAsync($"PATCH {Path}/{(string)first["metadata"]!["name"]!}");
        Assert.Equal("""{"count":2,"lastTimestamp":"2000-01-01T00:01:30Z"}""", counted.Body);
        counted.Respond(first);
        Say("Fenced", "another reason");
        Assert.Equal("another reason", (string)(await Created())["message"]!);
    }

    [Fact]
    public async Task After_the_window_a_repeated_event_is_created_again()
    {
        Say("Fenced", "primary lost");
        await Created();
        time.Advance(TimeSpan.FromMinutes(10));
        Say("Fenced", "primary lost");
        Assert.Equal(1, (int)(await Created())["count"]!);
    }

    [Fact]
    public async Task An_event_that_the_server_has_deleted_is_created_again()
    {
        Say("Fenced", "primary lost");
        await Created();
        Say("Fenced", "primary lost");
        (await api.NextAsync("PATCH")).Refuse(HttpStatusCode.NotFound);
        Assert.Equal(1, (int)(await Created())["count"]!);
    }

    [Fact]
    public async Task An_event_that_cannot_be_written_is_logged_and_the_next_is_written()
    {
        Say("Fenced", "primary lost");
        (await api.NextAsync($"POST {Path}")).Refuse(HttpStatusCode.Forbidden);
        Say("Promoted", "a leads");
        Assert.Equal("Promoted", (string)(await Created())["reason"]!);
        Assert.Contains((LogLevel.Warning, "An event about default/a was not written: Fenced: primary lost"), log.Lines);
    }

    [Fact]
    public async Task Events_that_were_recorded_before_the_stop_are_still_written()
    {
        Say("Fenced", "primary lost");
        Say("Promoted", "a leads");
        await stop.CancelAsync();
        await Created();
        await Created();
        await run;
        Assert.Empty(log.Lines);
    }

    [Fact]
    public void The_memory_is_bounded_and_drops_the_oldest_event_first()
    {
        var memory = new EventMemory(2, TimeSpan.FromMinutes(10));
        var now = DateTimeOffset.UnixEpoch;
        EventIdentity Of(string reason) => new("Widget", new("default", "a"), "", EventType.Normal, reason, "");
        foreach (var reason in (string[])["one", "two", "one", "three"])
        {
            memory.Remember(Of(reason), new(default, 1, now));
        }

        Assert.Equal(2, memory.Count);
        Assert.Null(memory.Find(Of("two"), now));
        Assert.NotNull(memory.Find(Of("one"), now));
    }

    private void Say(string reason, string message) => events.Record(Widget.Named("a"), EventType.Warning, reason, message);

    private async Task<JsonNode> Created()
    {
        var post = await api.NextAsync($"POST {Path}");
        var body = JsonNode.Parse(post.Body)!;
        post.Respond(body);
        return body;
    }
}
