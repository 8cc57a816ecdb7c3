using Microsoft.Extensions.Logging;

namespace Cortex.Operator.LocalState;

/// <summary>
/// The log of an operator that runs in the background, and the end of the former log. Its writers append to it, so that it can be emptied
/// while it is open; lines that are written between the copy and the emptying are lost.
/// </summary>
public sealed partial class OperatorLog(StateDirectory state, TimeProvider clock, ILogger logger)
{
    /// <summary>The length in bytes above which the log is shortened. The same amount is kept of the former log.</summary>
    public const long LengthLimit = 8 << 20;

    private static readonly TimeSpan CheckInterval = TimeSpan.FromMinutes(1);

    /// <summary>Whether the standard output of this process is the log.</summary>
    public bool IsOutputOfThisProcess => File.ResolveLinkTarget("/proc/self/fd/1", returnFinalTarget: false)?.FullName == state.Log;

    /// <summary>Shortens the log when necessary, until stopped.</summary>
    public async Task WatchAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(CheckInterval, clock);
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

    /// <summary>A failure, such as a full disk, must not end the operator.</summary>
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

    [LoggerMessage(3, LogLevel.Warning, "operator.log cannot be shortened: {Why}; the next attempt is in a minute")]
    private partial void CannotShorten(string why);

    /// <summary>If the log is longer than the limit, moves its end to the former log.</summary>
    public void Shorten()
    {
        if (!File.Exists(state.Log))
        {
            return;
        }

        using var log = new FileStream(state.Log, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        if (log.Length <= LengthLimit)
        {
            return;
        }

        log.Seek(-LengthLimit, SeekOrigin.End);
        StateDirectory.Touch(state.FormerLog);
        using (var former = new FileStream(state.FormerLog, FileMode.Truncate, FileAccess.Write))
        {
            log.CopyTo(former);
        }

        log.SetLength(0);
    }
}
