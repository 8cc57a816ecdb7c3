using Cortex.Engine.Targets;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Engine.Tests.Targets;

/// <summary>The contract on a real Podman, with the service that the operator would use.</summary>
[Trait("Tier", "podman")]
public sealed class PodmanTargetContract : TargetContract
{
    private readonly PodmanTarget target = new(PodmanOptions.FromEnvironment());

    protected override IExecutionTarget Target => target;

    /// <summary>
    /// Rootless pods lack the container that holds a pod (ADR 10), so Podman may still be ending a pod that was just stopped, and end a
    /// container that was started in the meantime (libpod/pod_api.go, stopIfOnlyInfraRemains). The operator observes that and starts it
    /// again.
    /// </summary>
    protected override TargetTraits Traits { get; } = new(
        KeepsStopped: true,
        KillsAtOnce: true,
        StartsAtOnce: Environment.IsPrivilegedProcess,
        OwnNetwork: true,
        TellsImages: true,
        SharesNames: true,
        SecretMode: "400 4711 4712");

    public override async ValueTask InitializeAsync()
    {
        await PodmanTier.NeedAsync(target);
        Ready = true;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        target.Dispose();
    }
}
