using System.Security.Cryptography;

namespace Cortex.Testing.Clusters;

/// <summary>Clusters of an operator under test; they are removed when it is disposed.</summary>
public static class NewClusters
{
    /// <summary>A new name and new ports; no object is created yet.</summary>
    public static Cluster NewCluster(this OperatorUnderTest cortex, string? name = null)
    {
        var cluster = new Cluster(cortex, name ?? $"e2e{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3))}", Machine.FreePorts());
        cortex.DisposeWithIt(cluster);
        return cluster;
    }

    /// <summary>Creates a cluster and waits until it is Ready.</summary>
    /// <param name="spec">Lines of <c>spec</c> in addition to those of the target.</param>
    public static async Task<Cluster> CreateAsync(this OperatorUnderTest cortex, string spec = "")
    {
        var cluster = cortex.NewCluster();
        await HeavyWork.DoAsync(() => ClusterTimes.MeasureAsync("creating", cluster.Name, async () =>
        {
            await cluster.ApplyAsync(spec);
            return await cluster.ReadyAsync();
        }));
        return cluster;
    }
}
