using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Cortex.ApiServer.Tests.Support;

/// <summary>
/// The part of kube-apiserver that serves the resources of definitions, which tests/kubernetes/apiserver.sh makes, in a process and a
/// folder of its own.
/// </summary>
internal sealed class RealServer : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly Process process;

    private RealServer(string program)
    {
        // The program ends when its standard input ends, so it cannot outlive this process.
        process = Process.Start(
            new ProcessStartInfo(program, [directory.Path])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        process.ErrorDataReceived += (_, line) => Log.Add(line.Data ?? "");
        process.BeginErrorReadLine();
    }

    /// <summary>Null when it was not built.</summary>
    public static string? Program { get; } = new[] { Path.Combine(Machine.Cache, "apiserver/apiserver") }.FirstOrDefault(File.Exists);

    public HttpClient Http { get; private set; } = null!;

    private string Kubeconfig => Path.Combine(directory.Path, "kubeconfig");

    public string Directory => directory.Path;

    private System.Collections.Concurrent.ConcurrentBag<string> Log { get; } = [];

    /// <summary>The kubectl of that name; skips the test where it is missing.</summary>
    public Kubectl Kubectl(string program) => new(Kubeconfig, Path.Combine(Directory, "home"), Kubectls.Get(program));

    public static async Task<RealServer> StartAsync(string program)
    {
        var server = new RealServer(program);
        if (await server.process.StandardOutput.ReadLineAsync() is null)
        {
            await server.process.WaitForExitAsync();
            throw new InvalidOperationException($"{program} ended before it served:\n{string.Join('\n', server.Log)}");
        }

        var address = Regex.Match(await File.ReadAllTextAsync(server.Kubeconfig), "https://[0-9.:]+").Value;
        server.Http = TestClient.Http(Path.Combine(server.Directory, "apiserver.crt"), new Uri(address), token: null);
        return server;
    }

    public void Dispose()
    {
        Http?.Dispose();
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.WaitForExit();
        process.Dispose();
        directory.Dispose();
    }
}
