using System.Diagnostics;
using Cortex.TestPrograms;

namespace Cortex.ApiServer.Tests.Support;

/// <summary>The real kubectl against a test server, with its cache in a folder of its own.</summary>
internal sealed class Kubectl(string kubeconfig, string directory, KubectlProgram program)
{
    /// <exception cref="Exception">Skips the test when this kubectl is missing.</exception>
    public static Kubectl For(TestServer server, string name) => new(server.Api.KubeconfigPath, server.Directory, Kubectls.Get(name));

    /// <inheritdoc cref="For(TestServer, string)"/>
    public static Kubectl For(RealServer server, string name) => new(server.Kubeconfig, server.Directory, Kubectls.Get(name));

    /// <summary>The flag --subresource, since 1.24.</summary>
    public bool HasSubresources => program.Minor >= 24;

    /// <summary>The command events, since 1.26.</summary>
    public bool HasEvents => program.Minor >= 26;

    /// <summary>Since 1.27 explain reads OpenAPI 3; --output plaintext-openapiv2 makes it read what it did before.</summary>
    public bool ExplainsFromOpenApi3 => program.Minor >= 27;

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
        var start = new ProcessStartInfo(program.Path, Split(arguments))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["KUBECONFIG"] = kubeconfig;
        start.Environment["HOME"] = Path.Combine(directory, "home");
        return Process.Start(start)!;
    }

    public async Task<(int Code, string Output, string Error)> RunAsync(string arguments, string? input = null)
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
