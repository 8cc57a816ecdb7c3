using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cortex.ApiServer.Tests.Support;

/// <summary>A server in its own process, which a test can kill without a shutdown.</summary>
internal sealed class ChildServer : IDisposable
{
    private readonly Process process;
    private readonly string directory;

    private ChildServer(Process process, string directory) => (this.process, this.directory) = (process, directory);

    /// <summary>The child's file system, as this process sees it.</summary>
    public string Root => $"/proc/{process.Id}/root";

    public static async Task<int> RunAsync(string directory)
    {
        var options = new ApiServerOptions { StateDirectory = directory, Definitions = [Widgets.Definition()] };
        try
        {
            await using var server = await ApiServer.StartAsync(
                options, NullLoggerFactory.Instance, TimeProvider.System, CancellationToken.None);
            Console.WriteLine(server.Address);
            await Task.Delay(Timeout.Infinite);
            return 0;
        }
        catch (Storage.StoreException exception)
        {
            Console.Error.WriteLine($"StoreException: {exception.Message}; {exception.Advice}");
            return 1;
        }
    }

    /// <param name="directory">The state directory.</param>
    /// <param name="disk">Size of a separate file system for the directory; null for the ordinary one.</param>
    public static async Task<ChildServer> StartAsync(string directory, string? disk = null)
    {
        var process = Process.Start(Command(directory, disk, "true"))!;
        if (await process.StandardOutput.ReadLineAsync() is null)
        {
            throw new InvalidOperationException($"the child server ended before it served: {await process.StandardError.ReadToEndAsync()}");
        }

        return new(process, directory);
    }

    /// <summary>The error output of a server that does not start.</summary>
    public static async Task<string> RefusedAsync(string directory, string disk, string before)
    {
        using var process = Process.Start(Command(directory, disk, before))!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return error;
    }

    public async Task<TestClient> ConnectAsync()
    {
        var state = Root + directory;
        var port = await File.ReadAllTextAsync(Path.Combine(state, "port"));
        return new(state, new($"https://127.0.0.1:{port}"));
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
        {
            process.Kill();
        }

        process.WaitForExit();
        process.Dispose();
    }

    private static ProcessStartInfo Command(string directory, string? disk, string before)
    {
        const string Script = """mount -t tmpfs -o size="$1",mode=0700 tmpfs "$2" && { eval "$3" || true; } && exec "$4" serve "$2" """;
        string[] serve = [Environment.ProcessPath!, "serve", directory];
        string[] all = disk is null
            ? serve
            : ["unshare", "--mount", "--map-root-user", "sh", "-c", Script, "sh", disk, directory, before, Environment.ProcessPath!];
        return new(all[0], all[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
    }
}
