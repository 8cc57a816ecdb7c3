using Cortex.Cli.Outcomes;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Cli.LocalMachine;

/// <summary>
/// Replaces this process by <c>podman</c>, connected to the service that the operator uses: a plain podman may have another configuration
/// or store.
/// </summary>
internal static class PodmanProgram
{
    public static async Task ExecAsync(IPrograms programs, PodmanOptions options, IReadOnlyList<string> arguments, CancellationToken ct)
    {
        var podman = programs.Find("podman") ?? throw new CommandException("podman is not installed", "install it: apt-get install podman");
        using var service = new PodmanService(options);
        await using (await service.ConnectAsync(ct))
        {
            programs.Exec(podman, ["--url", $"unix://{service.Socket}", .. arguments]);
        }
    }
}
