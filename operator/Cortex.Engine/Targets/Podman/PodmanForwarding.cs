using Cortex.Core.Naming;
using k8s.Models;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// Adapts a pod to the way in which Podman forwards a published port. Rootful, the kernel forwards: connections to a dead PostgreSQL are
/// refused, and the second container of the pod keeps it so (ADR 4). Rootless, a program accepts each connection first and closes it when
/// no server listens. libpq takes that for an answer of the server and does not try the next host, so the port must close with PostgreSQL:
/// no other container may keep the pod's network (ADR 10).
/// </summary>
internal sealed class PodmanForwarding(LibpodClient podman)
{
    private bool? rootless;

    /// <summary>The pod in the form that this Podman needs.</summary>
    public async Task<V1Pod> AdaptAsync(V1Pod pod, CancellationToken ct) => await IsRootlessAsync(ct)
        ? pod with { Spec = pod.Spec with { Containers = [.. pod.Spec.Containers.Where(part => part.Name != Names.HoldContainer)] } }
        : pod;

    /// <summary>As the service reports: it may run as another user than the operator.</summary>
    private async ValueTask<bool> IsRootlessAsync(CancellationToken ct) =>
        rootless ??= (await podman.InfoAsync(ct)).Host.Security.Rootless;
}
