using Cortex.ApiServer;
using Cortex.Cli.Commands;
using Cortex.Cli.Console;
using Cortex.Engine.Targets.Podman;
using Cortex.Operator.LocalState;
using Cortex.Operator.Wiring;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cortex.Operator.Tests;

/// <summary>A state directory of its own, and commands whose output is kept.</summary>
public sealed class Workplace : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("cortex-cli-").FullName;
    private readonly StringWriter output = new() { NewLine = "\n" };
    private readonly StringWriter error = new() { NewLine = "\n" };
    private ApiServer.ApiServer? server;

    public Workplace() => Here = new Surroundings
    {
        State = new StateDirectory(Path.Combine(folder, "state")),
        Screen = new Screen(output, error, live: false, colour: false),
        Program = "./cortex",
        // None: what this machine's Podman holds is no matter of these tests.
        Podman = new PodmanOptions { Socket = Path.Combine(folder, "no-podman.sock"), StateDirectory = Path.Combine(folder, "podman") },
    };

    public Surroundings Here { get; }

    public string Output => output.ToString();

    public string Error => error.ToString();

    public string File(string name, string text)
    {
        var path = Path.Combine(folder, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    public Task<int> RunAsync(params string[] arguments) => RunAsync(Here, TestContext.Current.CancellationToken, arguments);

    /// <param name="here"><see cref="Here"/>, or one like it.</param>
    public Task<int> RunAsync(Surroundings here, CancellationToken ct, params string[] arguments)
    {
        output.GetStringBuilder().Clear();
        error.GetStringBuilder().Clear();
        return CommandLine.RunAsync(Verbs.Root(here), arguments, here, ct);
    }

    /// <summary>The embedded API on this state directory; no operator stands behind it.</summary>
    public async Task ServeAsync()
    {
        var options = new ApiServerOptions { StateDirectory = Here.State.Path, Definitions = CustomResources.Definitions() };
        server = await ApiServer.ApiServer.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System, TestContext.Current.CancellationToken);
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
