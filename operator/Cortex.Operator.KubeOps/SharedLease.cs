using Cortex.Runtime;
using k8s;
using k8s.LeaderElection;
using k8s.LeaderElection.ResourceLock;
using KubeOps.Operator.LeaderElection;

namespace Cortex.Operator.KubeOps;

/// <summary>
/// The lease of the other host, so that never both work at once while one replaces the other. The elector does not give it back, so a successor waits for
/// <see cref="LeaseOptions.Duration"/>.
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
