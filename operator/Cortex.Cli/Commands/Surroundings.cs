using System.CommandLine;
using Cortex.Cli.Access;
using Cortex.Cli.Api;
using Cortex.Cli.Console;
using Cortex.Cli.LocalMachine;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;
using Cortex.Engine.Targets.Podman;
using Cortex.Operator.LocalState;
using Cortex.Operator.Wiring;

namespace Cortex.Cli.Commands;

/// <summary>What commands meet: the terminal, the state directory, the checkout. Connections are made when a command asks for them.</summary>
public sealed record Surroundings
{
    public required StateDirectory State { get; init; }

    public required Screen Screen { get; init; }

    /// <summary>Waits for the line with which the user answers a question; null where standard input is no terminal.</summary>
    public Func<string?>? Answer { get; init; }

    /// <summary>How the user called us, for the lines that they may copy.</summary>
    public required string Program { get; init; }

    /// <summary>The checkout that we were built from; null for a program that was installed by other means.</summary>
    public string? Home { get; init; }

    /// <summary>Where Podman is; null: where the environment says.</summary>
    public PodmanOptions? Podman { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    internal IPrograms Programs { get; init; } = new InstalledPrograms();

    public static Surroundings OfProcess() => new()
    {
        State = StateDirectory.FromEnvironment(Environment.GetEnvironmentVariable),
        Screen = Screen.OfProcess(),
        Answer = System.Console.IsInputRedirected ? null : System.Console.ReadLine,
        Program = NameOf(Environment.GetEnvironmentVariable("CORTEX_LAUNCHER"), Environment.CurrentDirectory),
        Home = Environment.GetEnvironmentVariable("CORTEX_HOME") is { Length: > 0 } home ? home : null,
    };

    /// <summary>The launcher as one would type it here; <c>cortex</c> when there is none.</summary>
    public static string NameOf(string? launcher, string directory) =>
        string.IsNullOrEmpty(launcher) ? "cortex"
        : Path.GetDirectoryName(Path.GetFullPath(launcher)) == Path.GetFullPath(directory) ? $"./{Path.GetFileName(launcher)}"
        : launcher;

    /// <summary>The API that a command was told to use, or the embedded one.</summary>
    /// <exception cref="CommandException">There is no such file.</exception>
    /// <exception cref="KubeconfigException">The file is no kubeconfig.</exception>
    internal ClusterApi OpenApi(ParseResult arguments, SharedOptions options)
    {
        if (arguments.GetValue(options.Kubeconfig) is { } named)
        {
            return File.Exists(named) ? new ClusterApi(named, Clock)
                : throw new CommandException($"there is no kubeconfig {named}", "name another with --kubeconfig, or leave it away for the embedded API");
        }

        return OpenOwnApi();
    }

    /// <exception cref="CommandException">Its kubeconfig is not there, or is damaged.</exception>
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
            throw new CommandException(damaged.Message, $"run {Program} up, which writes it anew", damaged);
        }
    }

    /// <summary>What runs the instances of an API's clusters: this machine's Podman those of the embedded API, a Kubernetes cluster its own.</summary>
    internal IInstanceHost OpenHost(ClusterApi api) =>
        api.Kubeconfig == State.Kubeconfig ? new PodmanHost(PodmanHere, Clock, Programs) : new KubernetesHost(api, Programs);

    /// <exception cref="Cortex.Engine.Targets.TargetException">The environment does not say where Podman may be.</exception>
    internal PodmanOptions PodmanHere() => Podman ?? PodmanOptions.FromEnvironment();

    /// <summary>For the commands that are about this machine: up, down, render.</summary>
    /// <exception cref="Cortex.Engine.Targets.TargetException">The environment does not say where Podman may be.</exception>
    internal PodmanTarget OpenPodman() => new(PodmanHere(), Clock);

    internal CommandException NotRunning(Exception? cause = null) => new("the operator does not run", $"start it with {Program} up", cause);
}
