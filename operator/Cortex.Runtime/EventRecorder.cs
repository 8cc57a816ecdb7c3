using System.Text.Json.Nodes;
using System.Threading.Channels;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Cortex.Runtime;

/// <param name="Component">The component that reports, such as <c>cortex-operator</c>.</param>
/// <param name="Instance">The process of that component.</param>
public sealed record EventOptions(string Component, string Instance)
{
    /// <summary>An event that is recorded again within this time increases the count of the existing event.</summary>
    public TimeSpan AggregationWindow { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How many different events are remembered for that.</summary>
    public int RememberedEvents { get; init; } = 512;
}

/// <summary>
/// Writes the events that <c>kubectl describe</c> shows (https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/).
/// Recording neither waits nor fails: <see cref="RunAsync"/> writes in the background, and an event that cannot be written is logged and
/// dropped.
/// </summary>
public sealed partial class EventRecorder(ApiConnection api, EventOptions options, TimeProvider time, ILogger<EventRecorder> logger)
{
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(5);

    private readonly Channel<QueuedEvent> queue = Channel.CreateBounded<QueuedEvent>(1000);
    private readonly EventMemory memory = new(options.RememberedEvents, options.AggregationWindow);
    private readonly ResourceClient<Corev1Event> client = new(api);
    private long lastName;

    /// <summary>Records an event about an object that came from the API. The message must never contain a secret.</summary>
    /// <param name="reason">One word in CamelCase, for programs.</param>
    /// <param name="message">A sentence, for people.</param>
    public void Record<T>(T about, EventType type, string reason, string message) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var kind = ResourceKind.Of<T>();
        var key = ObjectKey.Of(about);
        var identity = new EventIdentity(kind.Kind, key, about.Metadata.Uid ?? "", type, reason, message);
        if (!queue.Writer.TryWrite(new(identity, kind.ApiVersion, time.GetUtcNow())))
        {
            Dropped(key, reason, message);
        }
    }

    /// <summary>Writes events until stopped. Then it writes the events that are still queued, within a few seconds.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var flush = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        await using var stopping = stop.Register(() =>
        {
            queue.Writer.TryComplete();
            flush.CancelAfter(FlushTimeout);
        });
        await foreach (var queued in queue.Reader.ReadAllAsync(CancellationToken.None))
        {
            await TryWriteAsync(queued, flush.Token);
        }
    }

    private async Task TryWriteAsync(QueuedEvent queued, CancellationToken ct)
    {
        try
        {
            memory.Remember(queued.Identity, await WriteAsync(queued, ct));
        }
        catch (Exception exception)
        {
            NotWritten(exception, queued.Identity.About, queued.Identity.Reason, queued.Identity.Message);
        }
    }

    private async Task<WrittenEvent> WriteAsync(QueuedEvent queued, CancellationToken ct)
    {
        if (memory.Find(queued.Identity, queued.At) is { } before)
        {
            var again = before with { Count = before.Count + 1, Last = queued.At };
            var patch = new JsonObject
            {
                ["count"] = again.Count,
                ["lastTimestamp"] = queued.At.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ"),
            };
            // Null: the server has deleted the event, as it does after an hour.
            if (await client.PatchAsync(before.Event, patch, ct) is not null)
            {
                return again;
            }
        }

        var created = await client.CreateAsync(Build(queued), ct);
        return new(ObjectKey.Of(created), 1, queued.At);
    }

    private Corev1Event Build(QueuedEvent queued)
    {
        var (kind, about, uid, type, reason, message) = queued.Identity;
        // Events about cluster-scoped objects are stored in the namespace "default".
        var namespaceName = about.Namespace is "" ? "default" : about.Namespace;
        return new()
        {
            Metadata = new() { Name = UniqueName(about.Name, queued.At), NamespaceProperty = namespaceName },
            InvolvedObject = new()
            {
                ApiVersion = queued.ApiVersion,
                Kind = kind,
                Name = about.Name,
                NamespaceProperty = about.Namespace,
                Uid = uid,
            },
            Type = type.ToString(),
            Reason = reason,
            Message = message,
            Count = 1,
            FirstTimestamp = queued.At.UtcDateTime,
            LastTimestamp = queued.At.UtcDateTime,
            Source = new() { Component = options.Component },
            ReportingComponent = options.Component,
            ReportingInstance = options.Instance,
        };
    }

    private string UniqueName(string about, DateTimeOffset at)
    {
        lastName = Math.Max(lastName + 1, at.UtcTicks);
        return $"{(about.Length > 200 ? about[..200] : about)}.{lastName:x}";
    }

    private sealed record QueuedEvent(EventIdentity Identity, string ApiVersion, DateTimeOffset At);

    [LoggerMessage(1300, LogLevel.Warning, "An event about {About} was not written: {Reason}: {Message}")]
    private partial void NotWritten(Exception exception, ObjectKey about, string reason, string message);

    [LoggerMessage(1301, LogLevel.Warning, "An event about {About} was dropped because too many are queued: {Reason}: {Message}")]
    private partial void Dropped(ObjectKey about, string reason, string message);
}
