using Cortex.ApiServer;
using Cortex.Cli.Commands;
using Cortex.Cli.Console;
using Cortex.Engine.Targets.Podman;
using Cortex.Operator.LocalState;
using Cortex.Operator.Wiring;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cortex.Cli.Tests;

/// <summary>Runs commands with a state directory of its own, and records their output.</summary>
public sealed class CommandRunner : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("cortex-cli-").FullName;
    private readonly StringWriter output = new() { NewLine = "\n" };
    private readonly StringWriter error = new() { NewLine = "\n" };
    private ApiServer.ApiServer? server;

    public CommandRunner() => Context = new CommandContext
    {
        State = new StateDirectory(Path.Combine(folder, "state")),
        Screen = new Screen(output, error, live: false, colour: false),
        Program = "./cortex",
        // A socket that does not exist: these tests must not depend on this machine's Podman.
        Podman = new PodmanOptions { Socket = Path.Combine(folder, "no-podman.sock"), StateDirectory = Path.Combine(folder, "podman") },
    };

    public CommandContext Context { get; }

    public string Output => output.ToString();

    public string Error => error.ToString();

    public string File(string name, string text)
    {
        var path = Path.Combine(folder, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    public Task<int> RunAsync(params string[] arguments) => RunAsync(Context, TestContext.Current.CancellationToken, arguments);

    /// <param name="context"><see cref="Context"/>, or a changed copy of it.</param>
    public Task<int> RunAsync(CommandContext context, CancellationToken ct, params string[] arguments)
    {
        output.GetStringBuilder().Clear();
        error.GetStringBuilder().Clear();
        return CommandLine.RunAsync(CommandList.Root(context), arguments, context, ct);
    }

    /// <summary>Starts the embedded API on this state directory, without an operator.</summary>
    public async Task ServeAsync()
    {
        var options = new ApiServerOptions { StateDirectory = Context.State.Path, Definitions = CustomResources.Definitions() };
        server = await ApiServer.ApiServer.StartAsync(
            options, NullLoggerFactory.Instance, TimeProvider.System, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            await server.DisposeAsync();
        }

        Directory.Delete(folder, recursive: true);
    }
}
