using System.Diagnostics;

namespace Cortex.Testing;

/// <summary>The kubectl command against one API server, with a home of its own: no cache, no configuration of the user's.</summary>
/// <param name="home">A folder; kubectl makes it where it is missing.</param>
/// <param name="program">Null for the one on PATH, whatever its version.</param>
public sealed class Kubectl(string kubeconfig, string home, KubectlProgram? program = null)
{
    private readonly Dictionary<string, string?> environment = new() { ["KUBECONFIG"] = kubeconfig, ["HOME"] = home };

    /// <summary>The flag --subresource, since 1.24.</summary>
    public bool HasSubresources => program!.Minor >= 24;

    /// <summary>The command events, since 1.26.</summary>
    public bool HasEvents => program!.Minor >= 26;

    /// <summary>Since 1.27 explain reads OpenAPI 3; --output plaintext-openapiv2 makes it read what it did before.</summary>
    public bool ExplainsFromOpenApi3 => program!.Minor >= 27;

    private string Path => program?.Path ?? "kubectl";

    /// <summary>Another kubectl, by its name among those that the tests have; skips the test where it is missing.</summary>
    public Kubectl With(string name) => new(kubeconfig, home, Kubectls.Get(name));

    public Task<ToolResult> RunAsync(params string[] arguments) => Tool.RunAsync(Path, arguments, environment);

    /// <summary>Its output; fails the test when it fails.</summary>
    public async Task<string> TextAsync(params string[] arguments) => (await RunAsync(arguments)).Text();

    public Task<ToolResult> ApplyAsync(string yaml) => Tool.RunAsync(Path, ["apply", "-f", "-"], environment, yaml);

    public Task<ToolResult> PatchAsync(string cluster, string json) =>
        RunAsync("patch", "cortexcluster", cluster, "--type", "merge", "-p", json);

    /// <summary>Runs it with a line of arguments. A part in single quotes is one argument, as in a shell.</summary>
    public Task<ToolResult> LineAsync(string line, string? input = null) => Tool.RunAsync(Path, Split(line), environment, input);

    /// <summary>Everything that it says to a line of arguments; fails the test when it fails.</summary>
    public async Task<string> OkAsync(string line, string? input = null) => (await LineAsync(line, input)).Demand().Said;

    /// <summary>Why it refuses a line of arguments; fails the test when it does not.</summary>
    public async Task<string> FailAsync(string line, string? input = null)
    {
        var result = await LineAsync(line, input);
        Assert.False(result.Succeeded, $"{result.Command} succeeded: {result.Output}");
        return result.Errors;
    }

    /// <summary>Starts it and returns at once, for what is watched or waited for.</summary>
    public Process Start(string line) => Process.Start(Tool.Describe(Path, Split(line), environment))!;

    private static IEnumerable<string> Split(string line) => line.Split('\'')
        .SelectMany((part, index) => index % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
