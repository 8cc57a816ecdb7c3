using System.Text.Json.Nodes;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>The commands of the program, from nothing to a promoted cluster and back to nothing.</summary>
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
        await Podman.EnsureImageAsync(Machine.Image, "trixie");
        podman = await Podman.StartOwnAsync();
        await System.IO.File.WriteAllTextAsync(
            File,
            $"apiVersion: cortex.bicameral.dev/v1alpha1\nkind: CortexCluster\nmetadata:\n  name: {name}\nspec:\n  podman:\n    basePort: "
                + $"{port}\n",
            TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await CortexAsync("down", "--volumes", "--yes");
        await podman!.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Runs alone, because two Podmans that create networks at the same time may choose the same bridge.</summary>
    [Fact(DisableParallelization = true)]
    public async Task From_nothing_to_a_promoted_cluster_and_back_to_nothing()
    {
        var others = await CreateOtherObjectsAsync();
        Assert.Contains($"promote {name}-s1", await RunToSuccessAsync("up", "-f", File), StringComparison.Ordinal);
        var running = await podman!.EverythingAsync();
        Assert.Contains($"{name} unchanged", await RunToSuccessAsync("up", "-f", File), StringComparison.Ordinal);
        Assert.Equal(running, await podman.EverythingAsync());

        Assert.Equal(0, (await CortexAsync("status")).ExitCode);
        Assert.Equal($"{name}-pr", JsonNode.Parse(await RunToSuccessAsync("status", name, "-o", "json"))!["primary"]!.GetValue<string>());
        var dsn = await RunToSuccessAsync("dsn");
        AssertPrivateFiles(dsn);
        Assert.Equal("1", await Psql.TextAsync(dsn, "create table kept (n int); insert into kept values (1); select n from kept"));
        Assert.Equal("app", await RunToSuccessAsync("psql", "--", "-Atc", "select current_user"));
        Assert.Equal("postgres", await RunToSuccessAsync("psql", "--superuser", "--", "-Atc", "select current_user"));
        Assert.Equal("t", await RunToSuccessAsync("psql", $"{name}-s1", "--", "-Atc", "select pg_is_in_recovery()"));

        await podman.TextAsync("kill", $"{name}-pr-postgres");
        Assert.Contains($"{name}-pr -> {name}-s1", await RunToSuccessAsync("promote", $"{name}-s1"), StringComparison.Ordinal);
        Assert.Equal("2", await Psql.TextAsync(dsn, "insert into kept values (2); select count(*) from kept"));

        await RunToSuccessAsync("down");
        Assert.Equal(others.Append($"volume {name}-pr-data").Append($"volume {name}-s1-data").Order(), await podman.EverythingAsync());
        Assert.Contains("nothing to remove", await RunToSuccessAsync("down"), StringComparison.Ordinal);
        await RunToSuccessAsync("up", "-f", File);
        Assert.Contains($"primary {name}-s1", (await CortexAsync("status")).Output, StringComparison.Ordinal);
        Assert.Equal("2", await Psql.TextAsync(await RunToSuccessAsync("dsn"), "select count(*) from kept"));

        await RunToSuccessAsync("down", "--volumes", "--yes");
        Assert.Equal(others, await podman.EverythingAsync());
        Assert.Contains("nothing to remove", await RunToSuccessAsync("down", "--volumes", "--yes"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rendered_pods_are_accepted_by_podman_kube_play()
    {
        var yaml = (await CortexAsync("render", "-f", File)).Text();
        var file = Path.Combine(folder, "pods.yaml");
        await System.IO.File.WriteAllTextAsync(file, yaml, TestContext.Current.CancellationToken);
        await podman!.TextAsync("kube", "play", "--start=false", file);
        Assert.Equal(
            [$"pod {name}-pr", $"pod {name}-s1"],
            (await podman.EverythingAsync()).Where(item => item.StartsWith("pod ", StringComparison.Ordinal)));
        await podman.TextAsync("pod", "rm", "-f", $"{name}-pr", $"{name}-s1");
    }

    [Fact]
    public async Task A_failed_command_prints_a_remedy()
    {
        var status = await CortexAsync("status");
        Assert.Equal(1, status.ExitCode);
        Assert.Contains("up", status.Errors, StringComparison.Ordinal);
        Assert.Equal(2, (await CortexAsync("no-such-command")).ExitCode);
        var doctor = await CortexAsync("doctor", "-f", File, "-o", "json");
        Assert.True(
            JsonNode.Parse(doctor.Output)!.AsArray().All(
                finding => finding!["severity"]!.GetValue<string>() != "Error") == doctor.Succeeded,
            doctor.Said);
    }

    /// <summary>
    /// The connection string contains no password: a client uses two private files, beside a third file that shows whether they are up to
    /// date.
    /// </summary>
    private void AssertPrivateFiles(string dsn)
    {
        Assert.DoesNotContain("password", dsn, StringComparison.Ordinal);
        var exported = Directory.GetFiles(Path.Combine(folder, "state/clients/default", name));
        Assert.Equal(["ca.crt", "passfile", "seal"], exported.Select(Path.GetFileName).Order());
        Assert.All(exported, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(file)));
    }

    private async Task<IReadOnlyList<string>> CreateOtherObjectsAsync()
    {
        await podman!.TextAsync("volume", "create", $"{name}-pr-data2");
        await podman.TextAsync("network", "create", "bystander-net");
        var secret = Path.Combine(folder, "secret");
        await System.IO.File.WriteAllTextAsync(secret, "another", TestContext.Current.CancellationToken);
        await podman.TextAsync("secret", "create", "bystander-app", secret);
        await podman.TextAsync("create", "--name", "bystander-pr-postgres", Machine.Image, "true");
        return await podman.EverythingAsync();
    }

    private async Task<string> RunToSuccessAsync(params string[] arguments) => (await CortexAsync(arguments)).Text();

    private Task<ToolResult> CortexAsync(
        params string[] arguments) => Tool.RunAsync(Machine.Program, arguments, new Dictionary<string, string?>
    {
        ["CORTEX_STATE"] = Path.Combine(folder, "state"),
        ["CORTEX_HOME"] = Repository.Root,
        ["CORTEX_PODMAN_SOCKET"] = podman!.Socket,
        ["DOTNET_ROOT"] = Machine.DotnetRoot,
    });
}
