using Cortex.Core.Planning;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Act;

/// <summary>
/// Ends a wait for another instance when the primary is lost meanwhile: the pass that follows brings it back first.
/// </summary>
internal sealed class PrimaryWatch(IInventorySource inventories, TimeProvider clock)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>A container that died is not there for a moment until the target starts it again by itself.</summary>
    private const int LooksUntilLost = 2;

    /// <summary>Whether the loss of the primary is a reason to end this step: the pass saw it answer, and waits for another.</summary>
    public static bool Guards(Step step, Observation seen, string? primary) =>
        seen.Answer(primary) is { InRecovery: false } && step switch
        {
            Step.AwaitStreaming one => one.Instance != primary,
            Step.AwaitReplay one => one.Instance != primary,
            Step.AwaitAnswer one => one.Instance != primary,
            Step.ConfirmSynchronous => true,
            _ => false,
        };

    /// <summary>Does the work and watches meanwhile.</summary>
    /// <exception cref="TargetException">The primary was lost; the work has ended.</exception>
    public async Task GuardAsync(Pass pass, string primary, Func<CancellationToken, Task> work, CancellationToken ct)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var working = work(ending.Token);
        var lost = UntilLostAsync(pass, primary, ending.Token);
        var first = await Task.WhenAny(working, lost);
        await ending.CancelAsync();
        await Task.WhenAll(working, lost).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (first == lost && lost.IsCompletedSuccessfully && !working.IsCompletedSuccessfully)
        {
            throw new TargetException($"{primary} does not run any more, and is seen to first");
        }

        await working;
    }

    private async Task UntilLostAsync(Pass pass, string primary, CancellationToken ct)
    {
        for (var looks = 0; looks < LooksUntilLost;)
        {
            await Task.Delay(LookInterval, clock, ct);
            looks = await RunsAsync(pass, primary, ct) ? 0 : looks + 1;
        }
    }

    /// <summary>A target that cannot be asked, for whatever reason, says nothing of the primary.</summary>
    private async Task<bool> RunsAsync(Pass pass, string primary, CancellationToken ct)
    {
        try
        {
            return (await inventories.ListAsync(pass.Key, ct)).Pod(primary) is { IsAtRest: false };
        }
        catch (Exception) when (!ct.IsCancellationRequested)
        {
            return true;
        }
    }
}
