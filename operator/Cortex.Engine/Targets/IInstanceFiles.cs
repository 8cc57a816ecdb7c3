using Cortex.Core.Api;

namespace Cortex.Engine.Targets;

/// <summary>Files in the volume of an instance, whether it runs or not.</summary>
public interface IInstanceFiles
{
    /// <summary>The bytes of pg_control in the volume of an instance; null when they cannot be had.</summary>
    /// <param name="image">What a container that has to look can be made from.</param>
    Task<byte[]?> ReadControlAsync(ClusterKey cluster, string image, string instance, CancellationToken ct);
}
