using Cortex.Engine.Targets.Podman;

namespace Cortex.Cli.LocalMachine;

/// <summary>The programs of this machine by which commands replace themselves.</summary>
internal interface IPrograms
{
    /// <summary>The path of the program; null if it is not installed.</summary>
    string? Find(string name);

    /// <summary>Replaces this process by the program, so that the terminal, signals and the exit code are the program's.</summary>
    /// <param name="without">Environment variables that the program does not get.</param>
    void Exec(string path, IReadOnlyList<string> arguments, params string[] without);
}

/// <summary>The programs on PATH. <see cref="Exec"/> does not return.</summary>
internal sealed class InstalledPrograms : IPrograms
{
    public string? Find(string name) => HostFacts.Find(name);

    public void Exec(string path, IReadOnlyList<string> arguments, params string[] without) => PosixCalls.Exec(path, arguments, without);
}
