using System.Net;
using Cortex.Core.Api;
using Cortex.Engine;
using Cortex.Engine.Backup;
using Cortex.Runtime;
using k8s;

namespace Cortex.Operator.Controllers;

/// <summary>Backups in the embedded API. Every status is written over the version that was read.</summary>
public sealed class BackupRecords(ResourceClient<CortexBackup> backups, ResourceClient<CortexCluster> clusters, EventRecorder events)
    : IBackupRecords
{
    public Task<CortexBackup?> ReadAsync(string ns, string name, CancellationToken ct) => backups.GetAsync(new ObjectKey(ns, name), ct);

    public Task<CortexCluster?> ReadClusterAsync(ClusterKey cluster, CancellationToken ct) =>
        clusters.GetAsync(ClusterRecords.Key(cluster), ct);

    public async Task WriteStatusAsync(CortexBackup backup, CortexBackupStatus status, CancellationToken ct)
    {
        var key = ObjectKey.Of(backup);
        try
        {
            await backups.PatchStatusAsync(key, backup.Status, status, backup.Metadata.ResourceVersion, ct);
        }
        catch (KubernetesException refusal) when (refusal.Is(HttpStatusCode.Conflict))
        {
            throw new RecordConflictException($"{key} changed while its status was being written", refusal);
        }
    }

    public void Tell(CortexBackup backup, bool warning, string reason, string message) =>
        events.Record(backup, warning ? EventType.Warning : EventType.Normal, reason, message);
}
