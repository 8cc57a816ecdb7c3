using Cortex.Core.Api;

namespace Cortex.Engine.Targets;

/// <summary>Where the operator reaches instances.</summary>
public interface IAddresses
{
    /// <summary>
    /// The address of the instance's PostgreSQL: that of its pod, as last observed, or the one that follows from the spec.
    /// </summary>
    InstanceAddress AddressOf(ClusterKey cluster, ClusterSpec spec, string instance);
}

/// <summary>Where the operator reaches an instance.</summary>
/// <param name="Host">A name or an address.</param>
/// <param name="Name">The name that the server's certificate must carry; null where that is <paramref name="Host"/>.</param>
public sealed record InstanceAddress(string Host, int Port, string? Name = null);
