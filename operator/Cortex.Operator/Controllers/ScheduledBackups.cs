using System.Net;
using Cortex.Core.Api;
using Cortex.Engine.Backup;
using Cortex.Runtime;
using k8s;

namespace Cortex.Operator.Controllers;

/// <summary>Backups in the embedded API: read from the cache of an informer, written by requests.</summary>
public sealed class ScheduledBackups(Informer<CortexBackup> informer, ResourceClient<CortexBackup> backups) : IScheduledBackups
{
    public IReadOnlyList<CortexBackup> Of(ClusterKey cluster) =>
        [.. informer.Cache.Items.Where(backup => Cluster(backup) == cluster)];

    public async Task MakeAsync(CortexBackup backup, CancellationToken ct)
    {
        try
        {
            await backups.CreateAsync(backup, ct);
        }
        catch (KubernetesException refusal) when (refusal.Is(HttpStatusCode.Conflict))
        {
            // It was made before an interruption.
        }
    }

    public Task RemoveAsync(CortexBackup backup, CancellationToken ct) =>
        backups.DeleteAsync(ObjectKey.Of(backup), backup.Metadata.Uid, ct);

    /// <summary>The cluster that a backup is of.</summary>
    public static ClusterKey Cluster(CortexBackup backup) => new(backup.Metadata.NamespaceProperty ?? "", backup.Spec.Cluster ?? "");
}
