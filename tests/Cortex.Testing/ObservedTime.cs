using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace Cortex.Testing;

/// <summary>Fake time that reports the start of every wait, so that no test advances it too early.</summary>
public sealed class ObservedTime : FakeTimeProvider
{
    private readonly Channel<TimeSpan> waits = Channel.CreateUnbounded<TimeSpan>();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        waits.Writer.TryWrite(dueTime);
        return timer;
    }

    /// <summary>Returns when a timer of exactly this length has been started. Earlier timers are ignored.</summary>
    public async Task SleepsAsync(TimeSpan span)
    {
        while (await waits.Reader.ReadAsync(TestContext.Current.CancellationToken) != span) { }
    }
}
