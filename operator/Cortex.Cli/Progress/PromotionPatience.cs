namespace Cortex.Cli.Progress;

/// <summary>How long a promotion that is held back is waited for: at once in vain, or for a while where the reason may pass by itself.</summary>
internal sealed class PromotionPatience(TimeProvider clock)
{
    /// <summary>A server that came back has its standby again after a second or two, on a busy machine after ten.</summary>
    private static readonly TimeSpan Passing = TimeSpan.FromSeconds(20);

    private long? since;

    public bool InVain(PromotionProgress step)
    {
        if (step.Blocked is null)
        {
            since = null;
            return false;
        }

        since ??= clock.GetTimestamp();
        return !step.MayPass || clock.GetElapsedTime(since.Value) >= Passing;
    }
}
