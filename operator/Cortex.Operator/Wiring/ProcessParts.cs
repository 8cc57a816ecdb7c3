namespace Cortex.Operator.Wiring;

/// <summary>A part of the process that runs as long as the process.</summary>
/// <param name="Name">The name of the part in the message about its end.</param>
internal sealed record Part(string Name, Func<CancellationToken, Task> RunAsync);

/// <summary>Runs the parts of the process. No part is useful without the others.</summary>
internal static class ProcessParts
{
    /// <summary>
    /// Runs the parts until all have ended. If a part fails or ends too early, the others are stopped, too: no supervisor would restart a
    /// process that runs but does not work.
    /// </summary>
    /// <exception cref="PartEndedException">A part failed or ended too early.</exception>
    public static async Task RunAsync(CancellationToken stop, params IReadOnlyList<Part> parts)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await Task.WhenAll(parts.Select(EndAllIfItEndsAsync));

        async Task EndAllIfItEndsAsync(Part part)
        {
            Exception? why = null;
            try
            {
                await part.RunAsync(ending.Token);
            }
            catch (Exception cause)
            {
                why = cause;
            }

            if (ending.IsCancellationRequested && why is null or OperationCanceledException)
            {
                return;
            }

            await ending.CancelAsync();
            throw new PartEndedException(part.Name, why);
        }
    }
}

/// <summary>A part of the process has ended unexpectedly, so the process ends.</summary>
public sealed class PartEndedException(string part, Exception? cause)
    : Exception($"{part} has ended unexpectedly{(cause is null ? "" : $": {cause.GetType().Name}: {cause.Message}")}", cause);
