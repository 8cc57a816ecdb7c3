using System.Diagnostics;
using System.Globalization;

namespace Cortex.Testing.Clusters;

/// <summary>
/// The times that tests spend on clusters: one line for each cluster that was created, removed or reset, in the file that CORTEX_TEST_SPENT
/// names, relative to the checkout (kind, seconds, name; separated by tabs). <c>./cortex test</c> prints the sums. Without the variable
/// nothing is written.
/// </summary>
public static class ClusterTimes
{
    private static readonly Lock Gate = new();
    private static readonly string? File =
        Environment.GetEnvironmentVariable("CORTEX_TEST_SPENT") is { Length: > 0 } file ? Repository.Path(file) : null;

    public static async Task<T> MeasureAsync<T>(string kind, string what, Func<Task<T>> work)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            return await work();
        }
        finally
        {
            Write(string.Create(CultureInfo.InvariantCulture, $"{kind}\t{clock.Elapsed.TotalSeconds:0.00}\t{what}\n"));
        }
    }

    public static Task MeasureAsync(string kind, string what, Func<Task> work) => MeasureAsync(kind, what, async () =>
    {
        await work();
        return true;
    });

    private static void Write(string line)
    {
        if (File is not null)
        {
            lock (Gate)
            {
                System.IO.File.AppendAllText(File, line);
            }
        }
    }
}
