using Microsoft.Extensions.Logging;

namespace Cortex.Operator.LocalState;

/// <summary>
/// The log of an operator that runs in the background, and the end of what was before. Its writers have it open to append, so that it can be emptied under them; what they write
/// between the copy and that is lost.
/// </summary>
public sealed partial class OperatorLog(StateDirectory state, TimeProvider clock, ILogger logger)
{
    /// <summary>As much again is kept of what was before.</summary>
    public const long Limit = 8 << 20;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMinutes(1);

    /// <summary>Whether this very process writes there.</summary>
    public bool IsOurs => File.ResolveLinkTarget("/proc/self/fd/1", returnFinalTarget: false)?.FullName == state.Log;

    /// <summary>Keeps it short for as long as the process runs.</summary>
    public async Task WatchAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(BetweenLooks, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                TryShorten();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    /// <summary>A disk may be full for a while; the databases are looked after all the same.</summary>
    private void TryShorten()
    {
        try
        {
            Shorten();
        }
        catch (IOException cause)
        {
            CannotShorten(cause.Message);
        }
    }

    [LoggerMessage(3, LogLevel.Warning, "operator.log cannot be shortened: {Why}; tried again in a minute")]
    private partial void CannotShorten(string why);

    /// <summary>Moves the end of a log that is longer than the limit aside, in the place of what was there.</summary>
    public void Shorten()
    {
        if (!File.Exists(state.Log))
        {
            return;
        }

        using var log = new FileStream(state.Log, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        if (log.Length <= Limit)
        {
            return;
        }

        log.Seek(-Limit, SeekOrigin.End);
        StateDirectory.Touch(state.FormerLog);
        using (var former = new FileStream(state.FormerLog, FileMode.Truncate, FileAccess.Write))
        {
            log.CopyTo(former);
        }

        log.SetLength(0);
    }
}
