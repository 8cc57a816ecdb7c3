using System.Text.Json.Nodes;
using System.Threading.Channels;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Cortex.Runtime;

/// <param name="Component">Who reports, such as <c>cortex-operator</c>.</param>
/// <param name="Instance">Which of its processes.</param>
public sealed record EventOptions(string Component, string Instance)
{
    /// <summary>An event said again within this time is counted, not created.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How many different events are remembered.</summary>
    public int Memory { get; init; } = 512;
}

/// <summary>
/// Writes what <c>kubectl describe</c> shows under Events
/// (https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/). Recording neither waits nor fails:
/// <see cref="RunAsync"/> writes in the background, and an event that cannot be written is logged and lost.
/// </summary>
public sealed partial class Events(ApiConnection api, EventOptions options, TimeProvider time, ILogger<Events> logger)
{
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(5);

    private readonly Channel<Said> said = Channel.CreateBounded<Said>(1000);
    private readonly EventMemory memory = new(options.Memory, options.Window);
    private readonly ResourceClient<Corev1Event> client = new(api);
    private long lastName;

    /// <summary>Says something of an object that came from the API. Never put a secret into the message.</summary>
    /// <param name="reason">One CamelCase word, for programs.</param>
    /// <param name="message">A sentence, for people.</param>
    public void Record<T>(T about, EventType type, string reason, string message) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var kind = ResourceKind.Of<T>();
        var key = ObjectKey.Of(about);
        var identity = new EventIdentity(kind.Kind, key, about.Metadata.Uid ?? "", type, reason, message);
        if (!said.Writer.TryWrite(new(identity, kind.ApiVersion, time.GetUtcNow())))
        {
            Dropped(key, reason, message);
        }
    }

    /// <summary>Writes events until stopped, then what was recorded before, as far as a few seconds allow.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var flush = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        await using var stopping = stop.Register(() =>
        {
            said.Writer.TryComplete();
            flush.CancelAfter(FlushTimeout);
        });
        await foreach (var one in said.Reader.ReadAllAsync(CancellationToken.None))
        {
            await TryWriteAsync(one, flush.Token);
        }
    }

    private async Task TryWriteAsync(Said one, CancellationToken ct)
    {
        try
        {
            memory.Remember(one.Identity, await WriteAsync(one, ct));
        }
        catch (Exception e)
        {
            NotWritten(e, one.Identity.About, one.Identity.Reason, one.Identity.Message);
        }
    }

    private async Task<Sighting> WriteAsync(Said one, CancellationToken ct)
    {
        if (memory.Recall(one.Identity, one.At) is { } before)
        {
            var again = before with { Count = before.Count + 1, Last = one.At };
            var patch = new JsonObject { ["count"] = again.Count, ["lastTimestamp"] = one.At.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ") };
            // Null: the server has let the event go, as it does after an hour.
            if (await client.PatchAsync(before.Event, patch, ct) is not null)
            {
                return again;
            }
        }

        var created = await client.CreateAsync(Build(one), ct);
        return new(ObjectKey.Of(created), 1, one.At);
    }

    private Corev1Event Build(Said one)
    {
        var (kind, about, uid, type, reason, message) = one.Identity;
        // Events of cluster-scoped objects live in "default".
        var ns = about.Namespace is "" ? "default" : about.Namespace;
        return new()
        {
            Metadata = new() { Name = UniqueName(about.Name, one.At), NamespaceProperty = ns },
            InvolvedObject = new()
            {
                ApiVersion = one.ApiVersion,
                Kind = kind,
                Name = about.Name,
                NamespaceProperty = about.Namespace,
                Uid = uid,
            },
            Type = type.ToString(),
            Reason = reason,
            Message = message,
            Count = 1,
            FirstTimestamp = one.At.UtcDateTime,
            LastTimestamp = one.At.UtcDateTime,
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

    private sealed record Said(EventIdentity Identity, string ApiVersion, DateTimeOffset At);

    [LoggerMessage(1300, LogLevel.Warning, "Event of {About} not written: {Reason}: {Message}")]
    private partial void NotWritten(Exception e, ObjectKey about, string reason, string message);

    [LoggerMessage(1301, LogLevel.Warning, "Event of {About} dropped, too many wait: {Reason}: {Message}")]
    private partial void Dropped(ObjectKey about, string reason, string message);
}
