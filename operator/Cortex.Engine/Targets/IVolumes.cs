using Cortex.Core.Api;
using Cortex.Core.Planning;

namespace Cortex.Engine.Targets;

/// <summary>The data volumes of instances.</summary>
public interface IVolumes
{
    /// <summary>Makes an empty volume that the given user may write to, if the instance has no volume yet.</summary>
    Task EnsureVolumeAsync(ClusterKey cluster, string instance, VolumeRequest request, CancellationToken ct);

    Task DeleteVolumeAsync(ClusterKey cluster, string instance, CancellationToken ct);
}

/// <summary>A role of targets whose volumes have a size: those that report <see cref="VolumeSeen.Size"/>.</summary>
public interface IVolumeExpansion
{
    /// <summary>Asks for a larger volume.</summary>
    /// <param name="size">A quantity such as <c>10Gi</c>.</param>
    /// <returns>
    /// Why the request is refused, which <see cref="VolumeSeen.Refused"/> repeats for a while; null where it is not refused.
    /// </returns>
    Task<string?> GrowVolumeAsync(ClusterKey cluster, string instance, string size, CancellationToken ct);
}

/// <summary>A role of targets that need more than its name to make the volume of a repository.</summary>
public interface IRepositoryVolumes
{
    /// <summary>Makes the volume for backups unless it exists.</summary>
    /// <exception cref="TargetException">It does not exist, and the spec does not say how it is to be made.</exception>
    Task EnsureRepositoryAsync(ClusterKey cluster, DirectoryRepositorySpec repository, CancellationToken ct);
}

/// <summary>The owner of a volume, and its place and size where the target can choose them.</summary>
public sealed record VolumeRequest(int Uid, int Gid, StorageSpec Storage);
