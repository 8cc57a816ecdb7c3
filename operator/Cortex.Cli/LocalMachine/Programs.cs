using Cortex.Engine.Targets.Podman;

namespace Cortex.Cli.LocalMachine;

/// <summary>The programs of this machine that commands hand over to.</summary>
internal interface IPrograms
{
    /// <summary>Where the program is; null where it is not installed.</summary>
    string? Find(string name);

    /// <summary>Becomes the program, so that the terminal, signals and the exit code are its own.</summary>
    /// <param name="without">Environment variables that it does not get.</param>
    void Become(string path, IReadOnlyList<string> arguments, params string[] without);
}

/// <summary>The real ones: <see cref="Become"/> does not return.</summary>
internal sealed class InstalledPrograms : IPrograms
{
    public string? Find(string name) => HostFacts.Find(name);

    public void Become(string path, IReadOnlyList<string> arguments, params string[] without) => Native.Become(path, arguments, without);
}
