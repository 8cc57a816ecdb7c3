using System.CommandLine;
using Cortex.Cli.Access;
using Cortex.Cli.Api;
using Cortex.Cli.Console;
using Cortex.Cli.Delegation;
using Cortex.Cli.Files;
using Cortex.Cli.LocalMachine;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;
using Cortex.Engine.Targets.Podman;
using Cortex.Operator.LocalState;
using Cortex.Operator.Wiring;

namespace Cortex.Cli.Commands;

/// <summary>
/// The environment of a command: the terminal, the state directory, the checkout. Connections are opened only when a command needs them.
/// </summary>
public sealed record CommandContext
{
    public required StateDirectory State { get; init; }

    public required Screen Screen { get; init; }

    /// <summary>Reads the line with which the user answers a question; null if standard input is not a terminal.</summary>
    public Func<string?>? Answer { get; init; }

    /// <summary>Standard input, for the option <c>-f -</c>.</summary>
    public Func<TextReader> Input { get; init; } = () => System.Console.In;

    /// <summary>The directory that relative paths begin in.</summary>
    public string Directory { get; init; } = Environment.CurrentDirectory;

    /// <summary>
    /// After Ctrl-C or SIGTERM the process is ended if the command has not ended in this time; null where the process is not the command's.
    /// The default is longer than any command needs to clean up.
    /// </summary>
    public TimeSpan? SignalTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The command that the user typed, such as <c>./cortex</c>, for lines to copy.</summary>
    public required string Program { get; init; }

    /// <summary>The checkout that this program was built from; null if it was installed in another way.</summary>
    public string? Home { get; init; }

    /// <summary>Where Podman is; null: as the environment says.</summary>
    public PodmanOptions? Podman { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    internal IPrograms Programs { get; init; } = new InstalledPrograms();

    public static CommandContext OfProcess() => new()
    {
        State = StateDirectory.FromEnvironment(Environment.GetEnvironmentVariable),
        Screen = Screen.OfProcess(),
        Answer = System.Console.IsInputRedirected ? null : System.Console.ReadLine,
        Program = NameOf(Environment.GetEnvironmentVariable("CORTEX_LAUNCHER"), Environment.CurrentDirectory),
        Home = Environment.GetEnvironmentVariable("CORTEX_HOME") is { Length: > 0 } home ? home : null,
    };

    /// <summary>The environment of a command that this process executes for another process of the same account.</summary>
    internal static CommandContext OfRequest(CommandRequest request, CommandAnswer answer, StateDirectory state) => new()
    {
        State = state,
        Screen = new Screen(answer.Output, answer.Error, request.Live, request.Colour),
        Input = () => TextReader.Null,
        Directory = request.Directory,
        SignalTimeout = null,
        Program = NameOf(request.Launcher, request.Directory),
        Home = request.Home is { Length: > 0 } home ? home : null,
    };

    /// <summary>The launcher as the user types it in this directory; <c>cortex</c> if there is no launcher.</summary>
    public static string NameOf(string? launcher, string directory) =>
        string.IsNullOrEmpty(launcher) ? "cortex"
        : Path.GetDirectoryName(Path.GetFullPath(launcher)) == Path.GetFullPath(directory) ? $"./{Path.GetFileName(launcher)}"
        : launcher;

    /// <param name="file">A path, or <c>-</c> for standard input.</param>
    /// <exception cref="CommandException">It is not a file of resources.</exception>
    internal Task<IReadOnlyList<Manifest>> ReadManifestsAsync(string file, CancellationToken ct) =>
        Manifests.ReadAsync(file, Directory, Input, ct);

    /// <summary>The API that the option names, or the embedded API.</summary>
    /// <exception cref="CommandException">The file does not exist.</exception>
    /// <exception cref="KubeconfigException">The file is not a kubeconfig.</exception>
    internal ClusterApi OpenApi(ParseResult arguments, SharedOptions options)
    {
        if (arguments.GetValue(options.Kubeconfig) is { } named)
        {
            return File.Exists(named) ? new ClusterApi(named, Clock)
                : throw new CommandException(
                    $"there is no kubeconfig {named}", "name another file with --kubeconfig, or omit the option to use the embedded API");
        }

        return OpenOwnApi();
    }

    /// <exception cref="CommandException">Its kubeconfig is missing or damaged.</exception>
    internal ClusterApi OpenOwnApi()
    {
        if (!File.Exists(State.Kubeconfig))
        {
            throw NotRunning();
        }

        try
        {
            return new ClusterApi(State.Kubeconfig, Clock);
        }
        catch (KubeconfigException damaged)
        {
            throw new CommandException(damaged.Message, $"run {Program} up, which writes it again", damaged);
        }
    }

    /// <summary>
    /// Where the instances of an API's clusters run: for the embedded API in this machine's Podman, otherwise in the Kubernetes cluster.
    /// </summary>
    internal IInstanceHost OpenHost(ClusterApi api) =>
        api.Kubeconfig == State.Kubeconfig ? new PodmanHost(PodmanHere, Clock, Programs) : new KubernetesHost(api, Programs);

    /// <exception cref="Cortex.Engine.Targets.TargetException">The environment does not say where Podman may be.</exception>
    internal PodmanOptions PodmanHere() => Podman ?? PodmanOptions.FromEnvironment();

    /// <summary>For the commands that use this machine only: up, down, render.</summary>
    /// <exception cref="Cortex.Engine.Targets.TargetException">The environment does not say where Podman may be.</exception>
    internal PodmanTarget OpenPodman() => new(PodmanHere(), Clock);

    internal CommandException NotRunning(Exception? cause = null) =>
        new("the operator is not running", $"start it with {Program} up", cause);
}
