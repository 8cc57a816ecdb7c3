namespace Cortex.Core.Api;

/// <summary>Where WAL is archived to and backups are kept. A cluster without this part has neither.</summary>
public sealed record BackupSpec
{
    public RepositorySpec Repository { get; init; } = new();

    public RetentionSpec Retention { get; init; } = new();
}

/// <summary>Where the repository is.</summary>
public sealed record RepositorySpec
{
    /// <summary>A file system that every instance of the cluster has mounted.</summary>
    public DirectoryRepositorySpec? Directory { get; init; }
}

/// <summary>A repository in a volume. Several clusters may share a volume: each has a folder of its own in it.</summary>
public sealed record DirectoryRepositorySpec
{
    /// <summary>The name of a volume of Podman. It is made where it is missing, and never removed.</summary>
    public string? Volume { get; init; }
}

/// <summary>How many backups are kept.</summary>
public sealed record RetentionSpec
{
    /// <summary>Full backups. With an older one go the incremental backups that rest on it, and the WAL that only they need.</summary>
    public int Full { get; init; } = 2;
}
