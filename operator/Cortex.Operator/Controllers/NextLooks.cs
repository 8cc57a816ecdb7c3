using Cortex.Engine;
using Cortex.Runtime;

namespace Cortex.Operator.Controllers;

/// <summary>What the work queue does after a pass of the engine, whatever the pass is over.</summary>
internal static class NextLooks
{
    /// <summary>A pass that wrote over a stale version is repeated at once: the newer version can be read already.</summary>
    public static async Task<Outcome> ToOutcomeAsync(this Task<NextLook?> pass)
    {
        try
        {
            return await pass is { } next ? new Outcome.RequeueAfter(next.After, next.Why) : new Outcome.Done();
        }
        catch (RecordConflictException stale)
        {
            return new Outcome.RequeueAfter(TimeSpan.Zero, stale.Message);
        }
    }
}
