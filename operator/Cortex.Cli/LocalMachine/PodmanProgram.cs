using Cortex.Cli.Outcomes;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Cli.LocalMachine;

/// <summary>Becomes <c>podman</c>, speaking to the service that the operator speaks to: a plain podman may have another configuration or store.</summary>
internal static class PodmanProgram
{
    public static async Task<int> BecomeAsync(IReadOnlyList<string> arguments, CancellationToken ct)
    {
        var podman = HostFacts.Find("podman") ?? throw new CommandException("podman is not installed", "install it: apt-get install podman");
        using var service = new PodmanService(PodmanOptions.FromEnvironment());
        await using (await service.ConnectAsync(ct))
        {
            Native.Become(podman, ["--url", $"unix://{service.Socket}", .. arguments]);
        }

        return ExitCodes.Failed;
    }
}
