using Cortex.Runtime;
using k8s;
using k8s.LeaderElection;
using k8s.LeaderElection.ResourceLock;
using KubeOps.Operator.LeaderElection;

namespace Cortex.Operator.KubeOps;

/// <summary>
/// The lease of the other host, so that the two hosts never work at the same time while one replaces the other. The elector does not
/// release the lease, so a successor waits for <see cref="LeaseOptions.Duration"/>.
/// </summary>
internal sealed class SharedLease(IKubernetes client, LeaseOptions lease) : ILeaderElectorFactory
{
    public LeaderElector CreateElector() => new(new LeaderElectionConfig(new LeaseLock(client, lease.Namespace, lease.Name, lease.Identity))
    {
        LeaseDuration = lease.Duration,
        RenewDeadline = lease.RenewDeadline,
        RetryPeriod = lease.RetryPeriod,
    });
}
