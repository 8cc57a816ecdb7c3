using Cortex.Engine.Act;
using Cortex.Engine.Observe;
using Cortex.Engine.Secrets;
using Cortex.Engine.Sql;
using Cortex.Engine.Targets;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cortex.Engine.Tests;

/// <summary>The whole engine over a target that a test made up.</summary>
internal static class Reconcilers
{
    public static ClusterReconciler Over(IExecutionTarget target, IClusterRecords records)
    {
        var clock = TimeProvider.System;
        var (vault, images) = (new SecretVault(target), new ImageExaminer(target));
        var sessions = new PostgresSessions(target, vault);
        var provisioning = new Provisioning(target, vault, new ConfigurationProofs(target));
        var executor = new PlanExecutor(
            target,
            vault,
            new Credentials(vault),
            provisioning,
            new InstanceLife(target, vault, sessions, provisioning, clock),
            new Replication(sessions, provisioning, clock),
            new Synchrony(sessions, clock),
            clock,
            NullLogger<PlanExecutor>.Instance);
        return new ClusterReconciler(new ClusterObserver(target, images, vault, sessions, provisioning), executor, images, records, clock);
    }
}
