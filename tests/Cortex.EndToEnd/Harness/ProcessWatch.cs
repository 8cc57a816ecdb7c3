using System.Text;

namespace Cortex.EndToEnd.Harness;

/// <summary>
/// Repeatedly reads the command line and the environment of every process of this machine, so that short-lived processes are seen, too.
/// </summary>
public sealed class ProcessWatch : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly HashSet<string> seen = [];
    private readonly Task reading;

    public ProcessWatch() => reading = Task.Run(ReadLoopAsync);

    /// <summary>Stops, and returns every text that was read, each once.</summary>
    public async Task<string> StopAsync()
    {
        await stop.CancelAsync();
        await reading;
        return string.Join('\n', seen);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        stop.Dispose();
    }

    private async Task ReadLoopAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            foreach (var process in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(path["/proc/".Length])))
            {
                seen.Add(Read(Path.Combine(process, "cmdline")));
                seen.Add(Read(Path.Combine(process, "environ")));
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), CancellationToken.None);
        }
    }

    /// <summary>Empty if the process has ended.</summary>
    private static string Read(string path)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes(path));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
