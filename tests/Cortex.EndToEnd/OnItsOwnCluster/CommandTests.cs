using System.Text.Json.Nodes;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>The program's own commands, from nothing to a promoted cluster and back to nothing.</summary>
[Trait("Tier", "podman")]
public sealed class CommandTests : IAsyncLifetime
{
    private readonly string folder = Machine.NewDirectory();
    private readonly string name = "e2ecommands";
    private readonly int port = Machine.FreePorts();
    private OwnPodman? podman;

    private string File => Path.Combine(folder, "cluster.yaml");

    public async ValueTask InitializeAsync()
    {
        podman = await OwnPodman.StartAsync();
        await System.IO.File.WriteAllTextAsync(
            File,
            $"apiVersion: cortex.bicameral.dev/v1alpha1\nkind: CortexCluster\nmetadata:\n  name: {name}\nspec:\n  podman:\n    basePort: {port}\n",
            TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await CortexAsync("down", "--volumes", "--yes");
        await podman!.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Alone, because two Podmans that make networks at the same time may choose the same bridge.</summary>
    [Fact(DisableParallelization = true)]
    public async Task From_nothing_to_a_promoted_cluster_and_back_to_nothing()
    {
        var bystanders = await BystandersAsync();
        (await CortexAsync("up", "-f", File)).Text();
        var running = await podman!.EverythingAsync();
        (await CortexAsync("up", "-f", File)).Text();
        Assert.Equal(running, await podman.EverythingAsync());

        Assert.Equal(0, (await CortexAsync("status")).ExitCode);
        Assert.Equal($"{name}-pr", JsonNode.Parse((await CortexAsync("status", name, "-o", "json")).Text())!["primary"]!.GetValue<string>());
        var dsn = (await CortexAsync("dsn")).Text();
        Assert.Equal("1", await Psql.TextAsync(dsn, "create table kept (n int); insert into kept values (1); select n from kept"));
        Assert.Equal("app", (await CortexAsync("psql", "--", "-Atc", "select current_user")).Text());
        Assert.Equal("t", (await CortexAsync("psql", $"{name}-s1", "--", "-Atc", "select pg_is_in_recovery()")).Text());

        await podman.TextAsync("kill", $"{name}-pr-postgres");
        (await CortexAsync("promote", $"{name}-s1")).Text();
        Assert.Equal("2", await Psql.TextAsync(dsn, "insert into kept values (2); select count(*) from kept"));
        Assert.Equal(3, (await CortexAsync("status")).ExitCode);

        (await CortexAsync("down")).Text();
        Assert.Equal(bystanders.Append($"volume {name}-pr-data").Append($"volume {name}-s1-data").Order(), await podman.EverythingAsync());
        (await CortexAsync("up", "-f", File)).Text();
        Assert.Equal("2", await Psql.TextAsync((await CortexAsync("dsn")).Text(), "select count(*) from kept"));

        (await CortexAsync("down", "--volumes", "--yes")).Text();
        Assert.Equal(bystanders, await podman.EverythingAsync());
    }

    [Fact]
    public async Task Rendered_pods_are_accepted_by_podman_kube_play()
    {
        var yaml = (await CortexAsync("render", "-f", File)).Text();
        var file = Path.Combine(folder, "pods.yaml");
        await System.IO.File.WriteAllTextAsync(file, yaml, TestContext.Current.CancellationToken);
        await podman!.TextAsync("kube", "play", "--start=false", file);
        Assert.Equal([$"pod {name}-pr", $"pod {name}-s1"], (await podman.EverythingAsync()).Where(one => one.StartsWith("pod ", StringComparison.Ordinal)));
        await podman.TextAsync("pod", "rm", "-f", $"{name}-pr", $"{name}-s1");
    }

    [Fact]
    public async Task A_command_that_cannot_be_done_says_what_to_do_next()
    {
        var status = await CortexAsync("status");
        Assert.Equal(1, status.ExitCode);
        Assert.Contains("up", status.Errors, StringComparison.Ordinal);
        Assert.Equal(2, (await CortexAsync("no-such-command")).ExitCode);
        var doctor = await CortexAsync("doctor", "-f", File, "-o", "json");
        Assert.True(JsonNode.Parse(doctor.Output)!.AsArray().All(finding => finding!["severity"]!.GetValue<string>() != "Error") == doctor.Succeeded, doctor.Said);
    }

    private async Task<IReadOnlyList<string>> BystandersAsync()
    {
        await podman!.TextAsync("volume", "create", $"{name}-pr-data2");
        await podman.TextAsync("network", "create", "bystander-net");
        var secret = Path.Combine(folder, "secret");
        await System.IO.File.WriteAllTextAsync(secret, "theirs", TestContext.Current.CancellationToken);
        await podman.TextAsync("secret", "create", "bystander-app", secret);
        await podman.TextAsync("create", "--name", "bystander-pr-postgres", Machine.Image, "true");
        return await podman.EverythingAsync();
    }

    private Task<ToolResult> CortexAsync(params string[] arguments) => Tool.RunAsync(Machine.Program, arguments, new Dictionary<string, string?>
    {
        ["CORTEX_STATE"] = Path.Combine(folder, "state"),
        ["CORTEX_HOME"] = Machine.Root,
        ["CORTEX_PODMAN_SOCKET"] = podman!.Socket,
        ["DOTNET_ROOT"] = Machine.DotnetRoot,
    });
}
