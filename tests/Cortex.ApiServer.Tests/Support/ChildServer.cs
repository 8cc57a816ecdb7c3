using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cortex.ApiServer.Tests.Support;

/// <summary>A server in a process of its own, so that it can be killed as a machine kills: without a chance to tidy up.</summary>
internal sealed class ChildServer : IDisposable
{
    private readonly Process process;

    private ChildServer(Process process) => this.process = process;

    public static async Task<int> RunAsync(string directory)
    {
        var options = new ApiServerOptions { StateDirectory = directory, Definitions = [Widgets.Definition()] };
        await using var server = await ApiServer.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System, CancellationToken.None);
        Console.WriteLine(server.KubeconfigPath);
        await Task.Delay(Timeout.Infinite);
        return 0;
    }

    public static async Task<ChildServer> StartAsync(string directory)
    {
        var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["serve", directory]) { RedirectStandardOutput = true })!;
        if (await process.StandardOutput.ReadLineAsync() is null)
            throw new InvalidOperationException("the child server ended before it served");
        return new(process);
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.Dispose();
    }
}
