namespace Cortex.Cli.Progress;

/// <summary>How long a command waits for a blocked promotion: not at all, or for a while if the reason is transient.</summary>
internal sealed class BlockedPromotionWait(TimeProvider clock)
{
    /// <summary>After a restart, a server has its standby again within a second or two; on a busy machine it takes ten.</summary>
    private static readonly TimeSpan TransientBlockLimit = TimeSpan.FromSeconds(20);

    private long? since;

    public bool ShouldGiveUp(PromotionProgress step)
    {
        if (step.Blocked is null)
        {
            since = null;
            return false;
        }

        since ??= clock.GetTimestamp();
        return !step.IsTransient || clock.GetElapsedTime(since.Value) >= TransientBlockLimit;
    }
}
