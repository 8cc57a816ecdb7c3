using System.Net;

namespace Cortex.Runtime.Tests;

/// <summary>A wait for an object ends when it has changed, and after its time limit in any case.</summary>
public sealed class ObjectChangesTests : IDisposable
{
    private const string Watch = "GET /apis/runtime.test/v1/namespaces/default/widgets?watch=true&fieldSelector=metadata.name%3Da";
    private static readonly TimeSpan NeverReached = TimeSpan.FromHours(1);

    private readonly ScriptedApi api = new();
    private readonly ObservedTime time = new();
    private readonly ResourceClient<Widget> widgets;

    public ObjectChangesTests() => widgets = new(api.Connect(time, patient: true));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => api.Dispose();

    [Fact]
    public async Task A_change_ends_the_wait()
    {
        await using var changes = widgets.ChangesOf(new ObjectKey("default", "a"), time);
        var watch = (await api.NextAsync(Watch)).Watch();
        var waiting = changes.NextAsync(NeverReached, Ct);
        Assert.False(waiting.IsCompleted);
        await watch.SendAsync("MODIFIED", Widget.Json("a", "2"));
        await waiting;
    }

    [Fact]
    public async Task Without_a_change_the_wait_ends_after_its_time_limit()
    {
        await using var changes = widgets.ChangesOf(new ObjectKey("default", "a"), time);
        await api.NextAsync(Watch);
        var waiting = changes.NextAsync(TimeSpan.FromSeconds(5), Ct);
        time.Advance(TimeSpan.FromSeconds(4));
        Assert.False(waiting.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        await waiting;
    }

    /// <summary>The final status may be written and deleted between two reads.</summary>
    [Fact]
    public async Task A_deletion_is_reported_with_the_last_state_and_only_for_the_first_object_of_a_name()
    {
        await using var changes = widgets.ChangesOf(new ObjectKey("default", "a"), time);
        var watch = (await api.NextAsync(Watch)).Watch();
        var going = changes.GoneAsync(NeverReached, Ct);
        await watch.SendAsync("MODIFIED", Widget.Json("a", "2"));
        await watch.SendAsync("DELETED", Widget.Json("a", "3"));
        await watch.SendAsync("DELETED", Widget.Json("a", "9"));

        Assert.Equal("3", (await going)?.Metadata.ResourceVersion);
        Assert.Equal("3", (await changes.GoneAsync(NeverReached, Ct))?.Metadata.ResourceVersion);
    }

    [Fact]
    public async Task Without_a_reported_deletion_there_is_no_last_state()
    {
        await using var changes = widgets.ChangesOf(new ObjectKey("default", "a"), time);
        await (await api.NextAsync(Watch)).Watch().SendAsync("MODIFIED", Widget.Json("a", "2"));
        var going = changes.GoneAsync(TimeSpan.FromSeconds(5), Ct);
        time.Advance(TimeSpan.FromSeconds(5));

        Assert.Null(await going);
    }

    [Fact]
    public async Task A_watch_that_is_refused_or_ends_is_opened_again()
    {
        await using var changes = widgets.ChangesOf(new ObjectKey("default", "a"), time);
        (await api.NextAsync(Watch)).Refuse(HttpStatusCode.Forbidden);
        await time.SleepsAsync(TimeSpan.FromSeconds(1));
        time.Advance(TimeSpan.FromSeconds(1));
        var watch = (await api.NextAsync(Watch)).Watch();
        await watch.SendAsync("ADDED", Widget.Json("a", "1"));
        await changes.NextAsync(NeverReached, Ct);
    }
}
