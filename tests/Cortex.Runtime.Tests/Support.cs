using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Cortex.Runtime.Tests;

/// <summary>A meter factory that keeps nothing.</summary>
internal sealed class Meters : IMeterFactory
{
    public Meter Create(MeterOptions options) => new(options);

    public void Dispose() { }
}

/// <summary>Keeps the log.</summary>
internal sealed class LogBook<T> : ILogger<T>
{
    public ConcurrentQueue<(LogLevel Level, string Text)> Lines { get; } = [];

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue((logLevel, formatter(state, exception)));
}

/// <summary>A reconciler whose calls the test receives and ends.</summary>
internal sealed class ScriptedReconciler : IReconciler
{
    private readonly Channel<Call> calls = Channel.CreateUnbounded<Call>();

    public async Task<Outcome> ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        var call = new Call(key, ct);
        calls.Writer.TryWrite(call);
        await using var cancel = IgnoresCancellation ? default : ct.Register(() => call.Ends.TrySetCanceled(ct));
        return await call.Ends.Task;
    }

    public async Task<Call> NextAsync() => await calls.Reader.ReadAsync(TestContext.Current.CancellationToken);

    /// <summary>Its calls ignore their cancellation.</summary>
    public bool IgnoresCancellation { get; set; }

    public bool Idle => !calls.Reader.TryPeek(out _);

    internal sealed record Call(ObjectKey Key, CancellationToken Ct)
    {
        public TaskCompletionSource<Outcome> Ends { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
