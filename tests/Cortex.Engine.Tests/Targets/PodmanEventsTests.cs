using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Engine.Targets.Podman;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Cortex.Engine.Tests.Targets;

/// <summary>Which of Podman's events concern a cluster, with a stream that the test writes.</summary>
public sealed class PodmanEventsTests : IDisposable
{
    private static readonly ClusterKey Cluster = new("default", "cortex");
    private static readonly string Primary = Names.Instance(Cluster.Name, 0);

    private readonly Socket service;
    private readonly Socket wire;
    private readonly LibpodClient client;
    private readonly OwnChanges changes = new(TimeProvider.System);

    public PodmanEventsTests()
    {
        var directory = Directory.CreateTempSubdirectory("cortex-").FullName;
        var path = Path.Combine(directory, "s");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        wire = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        wire.Connect(new UnixDomainSocketEndPoint(path));
        service = listener.Accept();
        client = new LibpodClient("test", _ => ValueTask.FromResult<Stream>(new NetworkStream(wire)));
        Directory.Delete(directory, recursive: true);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Changes_of_instances_that_are_gone_are_forgotten()
    {
        var clock = new FakeTimeProvider();
        var own = new OwnChanges(clock);
        for (var number = 0; number < 1000; number++)
        {
            own.Begin($"cortex{number}-pr").Dispose();
        }

        using var running = own.Begin("other-pr");
        var began = clock.GetUtcNow();
        clock.Advance(TimeSpan.FromMinutes(11));
        own.Begin("another-pr").Dispose();

        Assert.Equal(2, own.Count);
        Assert.True(own.Cover("other-pr", began));
    }

    [Fact]
    public async Task Only_recent_changes_that_others_made_to_an_instance_are_reported()
    {
        var others = new ClusterKey("default", "marker");
        await using var reported = new PodmanEvents(
            client, changes, TimeProvider.System, NullLogger.Instance).WatchAsync(Ct).GetAsyncEnumerator(Ct);
        using (changes.Begin(Primary))
        {
            await SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n");
            await SendAsync(Line(Cluster, Primary, "postgres", DateTimeOffset.UtcNow));
        }

        await SendAsync(Line(Cluster, Primary, "postgres", DateTimeOffset.UtcNow.AddHours(-1)));
        await SendAsync(Line(Cluster, null, "task", DateTimeOffset.UtcNow));
        await SendAsync("{\"cut\": \n");
        await SendAsync(Line(others, Names.Instance(others.Name, 1), "postgres", DateTimeOffset.UtcNow));
        await SendAsync(Line(Cluster, Primary, "postgres", DateTimeOffset.UtcNow.AddMilliseconds(1)));

        Assert.True(await reported.MoveNextAsync());
        Assert.Equal(others, reported.Current);
        Assert.True(await reported.MoveNextAsync());
        Assert.Equal(Cluster, reported.Current);
    }

    public void Dispose()
    {
        client.Dispose();
        service.Dispose();
        wire.Dispose();
    }

    private static string Line(ClusterKey cluster, string? instance, string container, DateTimeOffset at)
    {
        var attributes = instance is null ? Labels.Of(cluster) : Labels.Of(cluster, instance);
        attributes["name"] = $"{instance ?? cluster.Name}-{container}";
        var nanoseconds = (at - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        return JsonSerializer.Serialize(
            new { status = "died", Type = "container", Actor = new { Attributes = attributes }, timeNano = nanoseconds }) + "\n";
    }

    private async Task SendAsync(string text) => await service.SendAsync(Encoding.UTF8.GetBytes(text), Ct);
}
