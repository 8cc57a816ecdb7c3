using Cortex.Core.Api;

namespace Cortex.Engine.Targets;

/// <summary>What happens to the objects of clusters without the operator.</summary>
public interface ITargetEvents
{
    /// <summary>Keys of clusters whose objects changed by themselves (a container died), as it happens. Ends only with the token.</summary>
    IAsyncEnumerable<ClusterKey> WatchAsync(CancellationToken ct);
}
