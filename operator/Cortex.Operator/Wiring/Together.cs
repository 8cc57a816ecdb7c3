namespace Cortex.Operator.Wiring;

/// <summary>Something that runs for as long as the process does.</summary>
/// <param name="Name">In the message that says it has ended.</param>
internal sealed record Part(string Name, Func<CancellationToken, Task> RunAsync);

/// <summary>Things that run for as long as the process does, each of no use without the others.</summary>
internal static class Together
{
    /// <summary>
    /// Runs them until all have ended. One that fails, or ends before it was told to, ends the others, too: a process that is there and does not work would be started again by nobody.
    /// </summary>
    /// <exception cref="PartEndedException">One of them did.</exception>
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

/// <summary>A part of the process is no more, and so the process ends.</summary>
public sealed class PartEndedException(string part, Exception? cause)
    : Exception($"{part} has ended unexpectedly{(cause is null ? "" : $": {cause.GetType().Name}: {cause.Message}")}", cause);
