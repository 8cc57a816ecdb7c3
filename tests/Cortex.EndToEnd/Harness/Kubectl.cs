namespace Cortex.EndToEnd.Harness;

/// <summary>The kubectl command against an operator's API, with a home of its own: no cache, no configuration of the user's.</summary>
public sealed class Kubectl(string kubeconfig, string home, string program = "kubectl")
{
    private readonly Dictionary<string, string?> environment = new() { ["KUBECONFIG"] = kubeconfig, ["HOME"] = home };

    /// <summary>Another kubectl, by its name among those that the tests have.</summary>
    internal Kubectl With(string name) => new(kubeconfig, home, Kubectls.Get(name).Path);

    public Task<ToolResult> RunAsync(params string[] arguments) => Tool.RunAsync(program, arguments, environment);

    /// <summary>Its output; fails the test when it fails.</summary>
    public async Task<string> TextAsync(params string[] arguments) => (await RunAsync(arguments)).Text();

    public Task<ToolResult> ApplyAsync(string yaml) => Tool.RunAsync(program, ["apply", "-f", "-"], environment, yaml);

    public Task<ToolResult> PatchAsync(string cluster, string json) => RunAsync("patch", "cortexcluster", cluster, "--type", "merge", "-p", json);
}
