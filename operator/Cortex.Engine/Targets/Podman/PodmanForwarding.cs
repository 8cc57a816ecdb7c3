using Cortex.Core.Naming;
using k8s.Models;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// Who carries a connection to a published port into a pod. Rootful it is the kernel: a dead PostgreSQL refuses, and the pod's second
/// container keeps it so (ADR 4). Rootless it is a program, which accepts first and hangs up when nobody is there. libpq takes that for a
/// server's word and does not go on to the next host, so there the port must close with PostgreSQL: nothing else may keep the pod's network
/// (ADR 10).
/// </summary>
internal sealed class PodmanForwarding(LibpodClient podman)
{
    private bool? rootless;

    /// <summary>The pod as this Podman should get it.</summary>
    public async Task<V1Pod> SuitAsync(V1Pod pod, CancellationToken ct) => await IsRootlessAsync(ct)
        ? pod with { Spec = pod.Spec with { Containers = [.. pod.Spec.Containers.Where(one => one.Name != Names.HoldContainer)] } }
        : pod;

    /// <summary>As the service says: it may be another user's than ours.</summary>
    private async ValueTask<bool> IsRootlessAsync(CancellationToken ct) =>
        rootless ??= (await podman.InfoAsync(ct)).Host.Security.Rootless;
}
