using Cortex.Core.Api;

namespace Cortex.Engine.Targets;

/// <summary>Changes of the objects of clusters that the operator did not make.</summary>
public interface ITargetEvents
{
    /// <summary>
    /// Yields the key of a cluster whenever one of its objects changes without the operator, such as a container that dies. Ends only with
    /// the token.
    /// </summary>
    IAsyncEnumerable<ClusterKey> WatchAsync(CancellationToken ct);
}
