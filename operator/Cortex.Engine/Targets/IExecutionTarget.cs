namespace Cortex.Engine.Targets;

/// <summary>
/// What runs pods: Podman or Kubernetes, as the sum of the roles that every target has. A consumer takes the roles that it calls, never the
/// sum. Roles that only some targets have are not part of it: <see cref="IServices"/>, <see cref="IVolumeExpansion"/>, <see
/// cref="ILostPods"/>.
/// </summary>
/// <remarks>
/// Every call of every role may be repeated and may have been cut in half before: making what exists and removing what is gone are
/// successes. An object that belongs to another owner is never changed: <see cref="ForeignObjectException"/>.
/// </remarks>
public interface IExecutionTarget
    : IInventorySource, IImages, INetworks, IVolumes, ISecretStore, IPods, IInstanceFiles, IInstanceLogs, IOneShots, IJobs, IAddresses,
    ITargetEvents;
