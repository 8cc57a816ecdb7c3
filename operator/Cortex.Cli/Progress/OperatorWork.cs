using Cortex.Cli.Console;

namespace Cortex.Cli.Progress;

/// <summary>Follows work that the operator does and a command waits for: each activity is printed once, when it begins.</summary>
internal sealed class OperatorWork(Screen screen, TimeProvider clock)
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(200);

    private string printed = "";

    /// <param name="activity">Empty where there is nothing to say.</param>
    public void Report(string activity)
    {
        if (activity.Length > 0 && activity != printed)
        {
            screen.PrintError(printed = activity);
        }
    }

    /// <summary>Looks until there is a result, however long it takes: the work goes on without the command.</summary>
    /// <param name="look">The result, or null and the activity.</param>
    public async Task<T> ResultAsync<T>(Func<Task<(T? Result, string Activity)>> look, CancellationToken ct)
        where T : class
    {
        while (true)
        {
            var (result, activity) = await look();
            if (result is not null)
            {
                return result;
            }

            Report(activity);
            await Task.Delay(CheckInterval, clock, ct);
        }
    }
}
