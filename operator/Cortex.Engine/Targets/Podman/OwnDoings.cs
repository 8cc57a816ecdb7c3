using System.Collections.Concurrent;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// When we were at work on which instance, so that the events of our own doings are told from the others: those tell us what we know,
/// and to act upon them would never come to rest.
/// </summary>
internal sealed class OwnDoings(TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, Span> spans = new();

    /// <summary>We begin to change the instance; the end is the disposal.</summary>
    public IDisposable Begin(string instance)
    {
        var span = new Span(clock, clock.GetUtcNow());
        spans[instance] = span;
        return span;
    }

    /// <summary>Whether what happened then to the instance was our doing.</summary>
    public bool Cover(string instance, DateTimeOffset at) =>
        spans.TryGetValue(instance, out var span) && span.Began <= at && (span.Ended is not { } ended || at <= ended);

    private sealed class Span(TimeProvider clock, DateTimeOffset began) : IDisposable
    {
        public DateTimeOffset Began { get; } = began;

        public DateTimeOffset? Ended { get; private set; }

        public void Dispose() => Ended ??= clock.GetUtcNow();
    }
}
