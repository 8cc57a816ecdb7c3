using Cortex.Core.Api;

namespace Cortex.Engine.Tests;

/// <summary>The resource of one cluster, and what is written about it.</summary>
internal sealed class OneCluster : IClusterRecords
{
    public static readonly ClusterKey Key = new("default", "cortex");

    public CortexCluster Cluster { get; private set; } = new()
    {
        Metadata = new()
        {
            Name = Key.Name,
            NamespaceProperty = Key.Namespace,
            Uid = "u",
            Generation = 1,
            Finalizers = [CortexCluster.Finalizer],
        },
    };

    /// <summary>What the API server stores of a status.</summary>
    public Func<ClusterStatus, ClusterStatus> Stored { get; init; } = status => status;

    public List<ClusterStatus> Written { get; } = [];

    public List<(bool Warning, string Reason, string Message)> Events { get; } = [];

    public Task<CortexCluster?> ReadAsync(ClusterKey cluster, CancellationToken ct) => Task.FromResult<CortexCluster?>(Cluster);

    public Task<CortexCluster> WriteStatusAsync(CortexCluster cluster, ClusterStatus? before, ClusterStatus after, CancellationToken ct)
    {
        Written.Add(after);
        Cluster = new CortexCluster { Metadata = cluster.Metadata, Spec = cluster.Spec, Status = Stored(after) };
        return Task.FromResult(Cluster);
    }

    public Task<CortexCluster> AddFinalizerAsync(CortexCluster cluster, CancellationToken ct) => Task.FromResult(cluster);

    public Task RemoveFinalizerAsync(CortexCluster cluster, CancellationToken ct) => Task.CompletedTask;

    public void Tell(CortexCluster cluster, bool warning, string reason, string message) => Events.Add((warning, reason, message));
}
