using System.Diagnostics;

namespace Cortex.ApiServer.Tests.Support;

/// <summary>The real kubectl against a test server, with its cache in a folder of its own.</summary>
internal sealed class Kubectl(string kubeconfig, string home, string program)
{
    /// <summary>Further kubectl to try beside the one on PATH, as a list of paths separated by colons.</summary>
    private const string More = "CORTEX_TEST_KUBECTL";

    public static IReadOnlyList<string> Programs { get; } =
        [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(p => Path.Combine(p, "kubectl")).Where(File.Exists).Take(1),
            .. (Environment.GetEnvironmentVariable(More) ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)];

    /// <exception cref="Exception">Skips the test when there is no kubectl.</exception>
    public static Kubectl For(TestServer server, string? program = null)
    {
        Assert.SkipUnless(Programs.Count > 0, "kubectl is not on PATH (Debian: apt-get install kubernetes-client)");
        return new(server.Api.KubeconfigPath, Path.Combine(server.Directory, "home"), program ?? Programs[0]);
    }

    public async Task<string> OkAsync(string arguments, string? input = null)
    {
        var (code, output, error) = await RunAsync(arguments, input);
        Assert.True(code == 0, $"kubectl {arguments}: exit {code}\n{output}\n{error}");
        return output + error;
    }

    public async Task<string> FailAsync(string arguments, string? input = null)
    {
        var (code, output, error) = await RunAsync(arguments, input);
        Assert.True(code != 0, $"kubectl {arguments} succeeded: {output}");
        return error;
    }

    public Process Start(string arguments)
    {
        var start = new ProcessStartInfo(program, Split(arguments)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["KUBECONFIG"] = kubeconfig;
        start.Environment["HOME"] = home;
        return Process.Start(start)!;
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(string arguments, string? input)
    {
        var ct = TestContext.Current.CancellationToken;
        using var process = Start(arguments);
        var output = process.StandardOutput.ReadToEndAsync(ct);
        var error = process.StandardError.ReadToEndAsync(ct);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(ct);
        return (process.ExitCode, await output, await error);
    }

    // A part in single quotes is one argument, as in a shell.
    private static IEnumerable<string> Split(string arguments) => arguments.Split('\'')
        .SelectMany((part, i) => i % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
