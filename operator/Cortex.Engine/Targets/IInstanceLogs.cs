using Cortex.Core.Api;

namespace Cortex.Engine.Targets;

/// <summary>What PostgreSQL logs in the pod of an instance.</summary>
public interface IInstanceLogs
{
    /// <summary>The end of PostgreSQL's log, whether the server runs or not; empty when there is no container.</summary>
    Task<string> ReadLogAsync(ClusterKey cluster, string instance, CancellationToken ct);
}
