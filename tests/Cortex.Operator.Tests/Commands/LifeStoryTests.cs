using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Cortex.Operator.Commands;
using Cortex.Operator.Tests.Installing;

namespace Cortex.Operator.Tests.Commands;

/// <summary>The program itself, on real Podman with real PostgreSQL.</summary>
[Trait("Tier", "podman")]
public sealed class LifeStoryTests
{
    /// <summary>Aardvark's files are by network name, whatever the store: no other cluster of this machine may have this one's.</summary>
    private readonly string name = $"life{Environment.ProcessId}";

    [Fact]
    public async Task A_cluster_goes_up_twice_is_promoted_goes_down_comes_back_and_goes_without_a_trace()
    {
        var (podman, why) = PrivatePodman.TryStart();
        Assert.SkipUnless(podman is not null, why);
        using var _ = podman;
        await using var place = new Workplace();
        var cortex = new Program(place.Here.State.Path, podman.Socket);
        var file = place.File("life.yaml", Samples.Yaml.Replace("name: cortex", $"name: {name}", StringComparison.Ordinal)
            + string.Create(CultureInfo.InvariantCulture, $"  podman: {{basePort: {FreePorts()}}}\n"));
        try
        {
            await StoryAsync(cortex, podman, file);
        }
        finally
        {
            await cortex.RunAsync("down", "--volumes", "--yes");
        }
    }

    private async Task StoryAsync(Program cortex, PrivatePodman podman, string file)
    {
        var first = await cortex.DoAsync("up", "-f", file);
        Assert.Contains($"promote {name}-s1", first, StringComparison.Ordinal);
        Assert.Contains($"{name} unchanged", await cortex.DoAsync("up", "-f", file), StringComparison.Ordinal);

        Assert.DoesNotContain("password", await cortex.DoAsync("dsn"), StringComparison.Ordinal);
        var exported = Directory.GetFiles(Path.Combine(cortex.State, "clients/default", name));
        Assert.Equal(["ca.crt", "passfile"], exported.Select(Path.GetFileName).Order());
        Assert.All(exported, one => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(one)));
        await cortex.DoAsync("psql", "--", "-qc", "CREATE TABLE kept(word text); INSERT INTO kept VALUES ('safe')");
        Assert.Equal("t\n", await cortex.DoAsync("psql", $"{name}-s1", "--", "-Atc", "SELECT pg_is_in_recovery()"));
        Assert.Equal("postgres\n", await cortex.DoAsync("psql", "--superuser", "--", "-Atc", "SELECT current_user"));

        Assert.Contains($"{name}-pr -> {name}-s1", await cortex.DoAsync("promote", $"{name}-s1"), StringComparison.Ordinal);
        Assert.Equal("safe\n", await cortex.DoAsync("psql", "--", "-Atc", "SELECT word FROM kept"));

        await cortex.DoAsync("down");
        Assert.Equal("", podman.List("pod", "ls", "-q") + podman.List("ps", "-aq") + podman.List("secret", "ls", "-q"));
        Assert.Contains("nothing to remove", await cortex.DoAsync("down"), StringComparison.Ordinal);
        await cortex.DoAsync("up", "-f", file);
        Assert.Contains($"primary {name}-s1", (await cortex.RunAsync("status")).Output, StringComparison.Ordinal);
        Assert.Equal("safe\n", await cortex.DoAsync("psql", "--", "-Atc", "SELECT word FROM kept"));

        await cortex.DoAsync("down", "--volumes");
        Assert.Equal("", podman.List("volume", "ls", "-q") + podman.List("ps", "-aq") + podman.List("secret", "ls", "-q"));
        Assert.DoesNotContain(name, podman.List("network", "ls"), StringComparison.Ordinal);
        Assert.Contains("nothing to remove", await cortex.DoAsync("down", "--volumes"), StringComparison.Ordinal);
    }

    /// <summary>The first of two neighbours that are free now.</summary>
    private static int FreePorts()
    {
        while (true)
        {
            using var one = new TcpListener(IPAddress.Loopback, 0);
            one.Start();
            var port = ((IPEndPoint)one.LocalEndpoint).Port;
            using var next = new TcpListener(IPAddress.Loopback, port + 1);
            try
            {
                next.Start();
                return port;
            }
            catch (SocketException)
            {
            }
        }
    }

    /// <summary>Runs the <c>cortex</c> that users get as they would; <c>./cortex test</c> has built it.</summary>
    private sealed class Program(string state, string socket)
    {
        public string State => state;

        public async Task<string> DoAsync(params string[] arguments)
        {
            var (code, output, error) = await RunAsync(arguments);
            Assert.True(code == ExitCodes.Done, $"{string.Join(' ', arguments)} ended with {code}: {output}{error}");
            return output;
        }

        public async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
        {
            var ct = TestContext.Current.CancellationToken;
            var start = new ProcessStartInfo(Path.Combine(Rendered.Root, ".build/cortex/current/cortex"), arguments)
            {
                RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            };
            start.Environment["CORTEX_STATE"] = state;
            start.Environment["CORTEX_PODMAN_SOCKET"] = socket;
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var error = process.StandardError.ReadToEndAsync(ct);
            var output = await process.StandardOutput.ReadToEndAsync(ct);
            await process.WaitForExitAsync(ct);
            return (process.ExitCode, output, await error);
        }
    }
}
