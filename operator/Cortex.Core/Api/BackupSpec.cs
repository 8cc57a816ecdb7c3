using System.Text.Json.Serialization;

namespace Cortex.Core.Api;

/// <summary>Where WAL is archived to and backups are kept. A cluster without this part has neither.</summary>
public sealed record BackupSpec
{
    public RepositorySpec Repository { get; init; } = new();

    /// <summary>Null: what is in the repository is not encrypted.</summary>
    public EncryptionSpec? Encryption { get; init; }

    public RetentionSpec Retention { get; init; } = new();

    /// <summary>
    /// The most WAL that waits to be archived, as a quantity of bytes: of more the oldest is given up, and the archive has a gap. Null: all
    /// of it waits, until the disk is full.
    /// </summary>
    public string? MaximumBacklog { get; init; }

    /// <summary>Null: new standbys of a large database are made from a backup, those of a smaller one from the primary.</summary>
    public StandbyOrigin? StandbysFrom { get; init; }

    /// <summary>Null: backups are made on request only.</summary>
    public ScheduleSpec? Schedule { get; init; }

    /// <summary>Null: backups are tested on request only.</summary>
    public VerifySpec? Verify { get; init; }
}

/// <summary>What new standbys are made from.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StandbyOrigin>))]
public enum StandbyOrigin
{
    /// <summary>A copy of the primary.</summary>
    Primary,

    /// <summary>The newest backup, where there is one that is not too old; else a copy of the primary.</summary>
    Backup,
}

/// <summary>When the newest backup is restored, started and checked.</summary>
public sealed record VerifySpec
{
    /// <summary>A line of cron, as a CronJob of Kubernetes has it.</summary>
    public string? Schedule { get; init; }

    /// <summary>The name of a time zone; null: that of spec.backup.schedule, or UTC.</summary>
    public string? TimeZone { get; init; }
}

/// <summary>Where the repository is: exactly one of them.</summary>
public sealed record RepositorySpec
{
    /// <summary>A bucket of a service that has the interface of S3.</summary>
    public S3RepositorySpec? S3 { get; init; }

    /// <summary>A folder on another machine, over SSH.</summary>
    public SftpRepositorySpec? Sftp { get; init; }

    /// <summary>A file system that every instance of the cluster has mounted.</summary>
    public DirectoryRepositorySpec? Directory { get; init; }
}

/// <summary>A repository in a volume. Several clusters may share a volume: each has a folder of its own in it.</summary>
public sealed record DirectoryRepositorySpec
{
    /// <summary>
    /// The name of a volume of Podman, on Kubernetes of a claim of the cluster's namespace. It is made where it is missing, and never
    /// removed.
    /// </summary>
    public string? Volume { get; init; }

    /// <summary>
    /// The size of a claim that is made, a quantity such as <c>100Gi</c>; without effect on an existing claim, and on Podman.
    /// </summary>
    public string? Size { get; init; }

    /// <summary>The storage class of a claim that is made; empty: the default one of the Kubernetes cluster.</summary>
    public string? ClassName { get; init; }

    /// <summary>From how many machines a claim that is made can be used at the same time; null: from many.</summary>
    public ClaimAccessMode? AccessMode { get; init; }
}

/// <summary>The access mode of a claim, as Kubernetes calls it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ClaimAccessMode>))]
public enum ClaimAccessMode
{
    /// <summary>Instances and backups may run on any machine.</summary>
    ReadWriteMany,

    /// <summary>Everything that uses the volume runs on one machine.</summary>
    ReadWriteOnce,
}

/// <summary>The encryption of backups and WAL, before they reach the repository.</summary>
public sealed record EncryptionSpec
{
    /// <summary>The name of a secret of the user: its content is the passphrase, one line.</summary>
    public string? PassphraseSecret { get; init; }
}

/// <summary>How many backups are kept.</summary>
public sealed record RetentionSpec
{
    /// <summary>Full backups. With an older one go the incremental backups that rest on it, and the WAL that only they need.</summary>
    public int Full { get; init; } = 2;
}

/// <summary>When backups are made without a request: a line of cron for each type, as a CronJob of Kubernetes has it.</summary>
public sealed record ScheduleSpec
{
    public const string Utc = "UTC";

    public string? Full { get; init; }

    public string? Differential { get; init; }

    public string? Incremental { get; init; }

    /// <summary>The name of a time zone, such as Europe/Berlin.</summary>
    public string TimeZone { get; init; } = Utc;

    /// <summary>The line for a type; null where no backup of that type is scheduled.</summary>
    public string? Line(BackupType type) => type switch
    {
        BackupType.Full => Full,
        BackupType.Differential => Differential,
        _ => Incremental,
    };
}
