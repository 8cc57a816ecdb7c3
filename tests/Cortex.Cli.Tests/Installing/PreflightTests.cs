using System.Net;
using System.Net.Sockets;

namespace Cortex.Cli.Tests.Installing;

/// <summary>The checks of the launcher before the program is built. tests/machines tests a whole new machine.</summary>
public sealed class PreflightTests
{
    private static readonly string[] Sourced = ["packages", "podman", "preflight"];

    /// <summary>A user id above all that distributions assign, different for each process.</summary>
    private readonly int account = 1_879_200_000 + Environment.ProcessId % 10_000;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string RuntimeDirectory => $"/tmp/podman-run-{account}";

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("127.0.0.1", "0.0.0.0", true)]
    [InlineData("127.0.0.1", "::", true)]
    [InlineData("0.0.0.0", "127.0.0.1", true)]
    [InlineData("10.1.2.3", "127.0.0.1", false)]
    public async Task A_port_is_in_use_if_a_process_listens_on_an_overlapping_address(string wanted, string listens, bool taken)
    {
        using var listener = new TcpListener(IPAddress.Parse(listens), 0);
        listener.Start();

        Assert.Equal(taken ? 0 : 1, (await BashAsync($"port_is_taken {wanted} {((IPEndPoint)listener.LocalEndpoint).Port}")).ExitCode);
    }

    [Theory]
    [InlineData("kind: CortexCluster\nspec:\n  podman:\n    basePort: 7432\n", "7432 2")]
    [InlineData("kind: CortexCluster\nspec: {instances: 3, podman: {basePort: 6543}} # instances: 5\n", "6543 3")]
    [InlineData("kind: CortexCluster\n# basePort: 1\nspec: {}\n", "5432 2")]
    public async Task The_ports_are_read_from_the_file(string yaml, string ports)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, yaml, Ct);

        var said = await BashAsync(
            $"file=$(file_argument --wait -f {file}); echo $(number_of basePort $file 5432) $(number_of instances $file 2)");

        File.Delete(file);
        Assert.Equal(ports, said.Output.Trim());
    }

    [Fact]
    public async Task An_account_without_a_runtime_directory_gets_a_private_one()
    {
        try
        {
            var said = await AsAccountAsync("runtime_directory; echo \"$XDG_RUNTIME_DIR\"; stat -c '%a %u' \"$XDG_RUNTIME_DIR\"");

            Assert.Equal((0, $"{RuntimeDirectory}\n700 {account}\n"), (said.ExitCode, said.Said));
        }
        finally
        {
            Directory.Delete(RuntimeDirectory);
        }
    }

    [Theory]
    [InlineData("symbolic link of root", "ln -s /tmp")]
    [InlineData("directory of root with mode 700", "mkdir -m 700")]
    [InlineData("regular empty file of root", "touch")]
    public async Task A_runtime_directory_of_another_account_is_refused_with_a_description(string description, string command)
    {
        await BashAsync($"{command} {RuntimeDirectory}");
        try
        {
            var said = await AsAccountAsync("runtime_directory; echo used");

            Assert.Equal(1, said.ExitCode);
            Assert.Contains($"{RuntimeDirectory} is a {description}", said.Said, StringComparison.Ordinal);
            Assert.DoesNotContain("used", said.Said, StringComparison.Ordinal);
        }
        finally
        {
            await BashAsync($"rm -r {RuntimeDirectory}");
        }
    }

    [Fact]
    public async Task An_existing_runtime_directory_is_kept()
    {
        var said = await AsAccountAsync("XDG_RUNTIME_DIR=/run/user/7; runtime_directory; echo \"$XDG_RUNTIME_DIR\"");

        Assert.Equal("/run/user/7\n", said.Said);
        Assert.False(Directory.Exists(RuntimeDirectory));
    }

    private Task<ToolResult> AsAccountAsync(string command)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can act as another account");
        return RunAsync(
            "setpriv", "--reuid", $"{account}", "--regid", $"{account}", "--clear-groups", "env", "-i", "PATH=/usr/bin:/bin", "HOME=/tmp",
            "bash", "-c", Script(command));
    }

    private static Task<ToolResult> BashAsync(string command) => RunAsync("bash", "-c", Script(command));

    /// <summary>The launcher's functions as text, because another account may have no access to the checkout.</summary>
    private static string Script(string command) => string.Join('\n',
    [
        "set -euo pipefail; root=/nowhere", """fail() { printf 'cortex: %s\n' "$@" >&2; exit 1; }""",
        """podman() { echo "  --url string   URL (default \"unix:/tmp/podman-run-$UID/podman/podman.sock\")"; }""",
        .. Sourced.Select(script => File.ReadAllText(Repository.Path($"scripts/{script}.sh"))),
        command,
    ]);

    private static Task<ToolResult> RunAsync(string program, params string[] arguments) => Tool.RunAsync(program, arguments, folder: "/");
}
