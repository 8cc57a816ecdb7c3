using Cortex.Core.Api;

namespace Cortex.Engine.Targets;

/// <summary>Files in the volume of an instance, whether it runs or not.</summary>
public interface IInstanceFiles
{
    /// <summary>The bytes of pg_control in the volume of an instance; null when they cannot be read.</summary>
    /// <param name="image">The image for a container that reads the file, where the target needs one.</param>
    Task<byte[]?> ReadControlAsync(ClusterKey cluster, string image, string instance, CancellationToken ct);
}
