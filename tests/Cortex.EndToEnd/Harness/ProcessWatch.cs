using System.Text;

namespace Cortex.EndToEnd.Harness;

/// <summary>Reads the command line and the environment of every process of this machine, again and again: also of those that live for a moment.</summary>
public sealed class ProcessWatch : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly HashSet<string> seen = [];
    private readonly Task looking;

    public ProcessWatch() => looking = Task.Run(LookAsync);

    /// <summary>Ends it; all that was seen, each once.</summary>
    public async Task<string> StopAsync()
    {
        await stop.CancelAsync();
        await looking;
        return string.Join('\n', seen);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        stop.Dispose();
    }

    private async Task LookAsync()
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

    /// <summary>Empty when the process ended meanwhile.</summary>
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
