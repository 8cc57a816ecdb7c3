using Cortex.Engine.Act;
using Cortex.Engine.Backup;
using Cortex.Engine.Memory;
using Cortex.Engine.Observe;
using Cortex.Engine.Secrets;
using Cortex.Engine.Sql;
using Cortex.Engine.Targets;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cortex.Engine.Tests;

/// <summary>The whole engine with a target of a test.</summary>
internal static class Reconcilers
{
    public static ClusterReconciler Over(IExecutionTarget target, IClusterRecords records, TimeProvider? time = null)
    {
        var clock = time ?? TimeProvider.System;
        var memory = new ClusterMemory();
        var (vault, images) = (new SecretVault(target, memory), new ImageExaminer(target, target, clock));
        var sessions = new PostgresSessions(target, vault, memory);
        var provisioning = new Provisioning(target, target, vault, new ConfigurationProofs(target, memory), memory);
        var archives = new Archives(target, target, sessions, memory, clock);
        var executor = new PlanExecutor(
            new Infrastructure(target, target, target),
            memory,
            new Credentials(vault, memory),
            provisioning,
            new InstanceLife(target, target, target, vault, sessions, provisioning, clock),
            new Replication(target, sessions, provisioning, clock),
            new Synchrony(sessions, clock),
            archives,
            new ArchiveHandOver(sessions),
            NullLogger<PlanExecutor>.Instance);
        var observer = new ClusterObserver(target, target, target, target, images, vault, sessions, provisioning,
            new DataInspection(target, memory, clock), archives, new RestoreSources(records, target, target, target, memory, clock));
        return new ClusterReconciler(observer, executor, images, records, memory, clock);
    }
}
