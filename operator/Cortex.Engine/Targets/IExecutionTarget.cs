namespace Cortex.Engine.Targets;

/// <summary>
/// The system that runs the pods, Podman or Kubernetes: all roles that every target has. A consumer takes only the roles that it calls,
/// never this interface. Roles that only some targets have are not part of it: <see cref="IServices"/>, <see cref="IVolumeExpansion"/>,
/// <see cref="ILostPods"/>, <see cref="IRepositoryVolumes"/>.
/// </summary>
/// <remarks>
/// Every call of every role may be repeated, and an earlier call may have been interrupted: making an object that exists and removing one
/// that is gone succeed. An object of another owner is never changed: <see cref="ForeignObjectException"/>.
/// </remarks>
public interface IExecutionTarget
    : IInventorySource, IImages, INetworks, IVolumes, ISecretStore, IPods, IInstanceFiles, IInstanceLogs, IOneShots, IJobs, IAddresses,
    ITargetEvents;
