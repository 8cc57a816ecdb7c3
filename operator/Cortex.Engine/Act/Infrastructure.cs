using Cortex.Core.Planning;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Act;

/// <summary>
/// What the instances of a cluster need: a network, volumes, secrets, and on Kubernetes services. The last three roles are null where the
/// target does not have them. Then no plan contains a step for such a role, because the inventory contains nothing that needs one.
/// </summary>
public sealed class Infrastructure(
    INetworks networks,
    IVolumes volumes,
    ISecretStore secrets,
    IServices? services = null,
    IVolumeExpansion? expansion = null,
    ILostPods? lost = null)
{
    public Task EnsureNetworkAsync(Pass pass, CancellationToken ct) => networks.EnsureNetworkAsync(pass.Key, ct);

    public Task DeleteNetworkAsync(Pass pass, CancellationToken ct) => networks.DeleteNetworkAsync(pass.Key, ct);

    public Task CreateVolumeAsync(Pass pass, Step.CreateVolume step, CancellationToken ct) =>
        volumes.EnsureVolumeAsync(pass.Key, step.Instance, new VolumeRequest(pass.Image.Uid, pass.Image.Gid, pass.Spec.Storage), ct);

    public Task DeleteVolumeAsync(Pass pass, Step.DeleteVolume step, CancellationToken ct) =>
        volumes.DeleteVolumeAsync(pass.Key, step.Instance, ct);

    public Task DeleteSecretAsync(Pass pass, Step.DeleteSecret step, CancellationToken ct) =>
        secrets.DeleteSecretAsync(pass.Key, step.Secret, ct);

    public async Task GrowVolumeAsync(Pass pass, Step.GrowVolume step, CancellationToken ct)
    {
        var refused = await Role(expansion, step).GrowVolumeAsync(pass.Key, step.Instance, step.Size, ct);
        pass.Tell(refused is null
            ? new ClusterEvent(false, EventReasons.VolumeGrowing, $"the volume of {step.Instance} is to grow to {step.Size}")
            : new ClusterEvent(
                true, EventReasons.VolumeNotGrown, $"the volume of {step.Instance} does not grow to {step.Size}: {refused}"));
    }

    public Task AssignRolesAsync(Pass pass, Step.AssignRoles step, CancellationToken ct) =>
        Role(services, step).AssignRolesAsync(pass.Key, step.Primary, ct);

    public async Task ArrangeObjectsAsync(Pass pass, Step.ArrangeObjects step, CancellationToken ct)
    {
        var present = Role(services, step);
        foreach (var wanted in step.Apply)
        {
            await present.ApplyAsync(pass.Key, wanted, ct);
        }

        foreach (var surplus in step.Remove)
        {
            await present.RemoveAsync(pass.Key, surplus, ct);
        }
    }

    public Task ForgetPodAsync(Pass pass, Step.ForgetPod step, CancellationToken ct) =>
        Role(lost, step).ForgetPodAsync(pass.Key, step.Instance, ct);

    private static T Role<T>(T? role, Step step)
        where T : class =>
        role ?? throw new InvalidOperationException($"the plan contains {step.GetType().Name}, and the target has no {typeof(T).Name}");
}
