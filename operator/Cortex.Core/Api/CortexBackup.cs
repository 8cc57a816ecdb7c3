using k8s;
using k8s.Models;

namespace Cortex.Core.Api;

/// <summary>One backup of a cluster: made once, when the resource is made. Schema: <c>crds/cortexbackups.yaml</c>.</summary>
[KubernetesEntity(Group = CortexCluster.GroupName, ApiVersion = CortexCluster.Version, Kind = KindName, PluralName = Plural)]
public sealed class CortexBackup : IKubernetesObject<V1ObjectMeta>, ISpec<CortexBackupSpec>, IStatus<CortexBackupStatus?>
{
    public const string KindName = "CortexBackup";
    public const string Plural = "cortexbackups";

    public string ApiVersion { get; set; } = $"{CortexCluster.GroupName}/{CortexCluster.Version}";

    public string Kind { get; set; } = KindName;

    public V1ObjectMeta Metadata { get; set; } = new();

    public CortexBackupSpec Spec { get; set; } = new();

    public CortexBackupStatus? Status { get; set; }

    /// <summary>It was made, or it failed: it can only expire. A method, because a property would be a field of the resource.</summary>
    public bool IsOver() => Status?.Phase is BackupPhases.Completed or BackupPhases.Failed or BackupPhases.Expired;
}

/// <summary>What is to be backed up. It cannot be changed.</summary>
public sealed record CortexBackupSpec
{
    /// <summary>The name of a CortexCluster in the same namespace.</summary>
    public string? Cluster { get; init; }

    public BackupType Type { get; init; } = BackupType.Full;

    /// <summary>The time of spec.backup.schedule that it was made for; absent where a user made it.</summary>
    public DateTimeOffset? ScheduledAt { get; init; }
}

/// <summary>How a backup goes, or went.</summary>
public sealed record CortexBackupStatus
{
    /// <summary>One of <see cref="BackupPhases"/>.</summary>
    public string? Phase { get; init; }

    /// <summary>What it waits for, or why it failed.</summary>
    public string? Message { get; init; }

    /// <summary>The instance that it is made from.</summary>
    public string? Instance { get; init; }

    /// <summary>How often it began again because the server went away in the middle, without a promotion.</summary>
    public int? Interruptions { get; init; }

    /// <summary>pgBackRest's name of the backup.</summary>
    public string? Label { get; init; }

    /// <summary>What was made: the first backup of a cluster is a full one, whatever was asked for.</summary>
    public string? Type { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? StoppedAt { get; init; }

    public long? DurationSeconds { get; init; }

    /// <summary>The first WAL segment that a restore of it needs.</summary>
    public string? WalFrom { get; init; }

    /// <summary>The last WAL segment that it needs to be consistent.</summary>
    public string? WalTo { get; init; }

    /// <summary>Bytes of the database.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>Bytes that it added to the repository.</summary>
    public long? StoredBytes { get; init; }
}

/// <summary>Where a backup stands.</summary>
public static class BackupPhases
{
    public const string Pending = "Pending";
    public const string Running = "Running";

    /// <summary>It is in the repository, with all WAL that it needs to be consistent.</summary>
    public const string Completed = "Completed";

    public const string Failed = "Failed";

    /// <summary>It was completed, and is no longer in the repository: spec.backup.retention keeps newer ones.</summary>
    public const string Expired = "Expired";
}
