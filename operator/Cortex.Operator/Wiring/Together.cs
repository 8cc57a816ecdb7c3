namespace Cortex.Operator.Wiring;

/// <summary>Things that run for as long as the process does, each of no use without the others.</summary>
internal static class Together
{
    /// <summary>Runs them until all have ended. One that fails ends the others, too: a process that is there and does not work would be started again by nobody.</summary>
    public static async Task RunAsync(CancellationToken stop, params IReadOnlyList<Func<CancellationToken, Task>> parts)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await Task.WhenAll(parts.Select(EndAllIfItFailsAsync));

        async Task EndAllIfItFailsAsync(Func<CancellationToken, Task> part)
        {
            try
            {
                await part(ending.Token);
            }
            catch
            {
                await ending.CancelAsync();
                throw;
            }
        }
    }
}
