namespace Cortex.Core.Api;

/// <summary>
/// One observation about the whole cluster, in the form of metav1.Condition. Messages are for people; no code reads them.
/// </summary>
public sealed record Condition
{
    public required string Type { get; init; }

    /// <summary>True, False or Unknown.</summary>
    public required string Status { get; init; }

    public required string Reason { get; init; }

    public required string Message { get; init; }

    public DateTimeOffset LastTransitionTime { get; init; }

    public long? ObservedGeneration { get; init; }
}

/// <summary>The condition types.</summary>
public static class ConditionTypes
{
    /// <summary>Every instance is as the spec asks, and the primary accepts writes.</summary>
    public const string Ready = "Ready";

    /// <summary>Every standby streams from the primary.</summary>
    public const string Replicating = "Replicating";

    /// <summary>Every commit waits for a standby. Present only where spec.replication.mode asks for that.</summary>
    public const string Synchronous = "Synchronous";

    /// <summary>Users' logical replication slots survive a promotion. Present only if there are such slots, and a standby.</summary>
    public const string SlotsFollow = "SlotsFollow";

    /// <summary>All WAL is archived to the repository of backups. Present only where spec.backup names one.</summary>
    public const string Archiving = "Archiving";

    /// <summary>
    /// WAL was given up, and no backup was made since: what happened after that cannot be restored. Present only where
    /// spec.backup.maximumBacklog is, or there is such a gap.
    /// </summary>
    public const string ArchiveGap = "ArchiveGap";

    /// <summary>
    /// The next backup has a time, and the last scheduled one did not fail. Present only where spec.backup.schedule is.
    /// </summary>
    public const string BackupsScheduled = "BackupsScheduled";

    /// <summary>
    /// The last restore test succeeded. Present where spec.backup.verify is, or a test was made.
    /// </summary>
    public const string BackupVerified = "BackupVerified";

    /// <summary>
    /// Little space is left on the volume of an instance; PostgreSQL stops when nothing is left. Present once an instance tells.
    /// </summary>
    public const string DiskFull = "DiskFull";

    /// <summary>Every certificate is in force, and every observed connection was TLS.</summary>
    public const string Secure = "Secure";

    /// <summary>Work is in progress; the message says what.</summary>
    public const string Progressing = "Progressing";

    /// <summary>A promotion is requested and cannot be done; the message says why.</summary>
    public const string PromotionBlocked = "PromotionBlocked";
}

/// <summary>Why a condition has its status. Constants of the API: tools may compare them.</summary>
public static class Reasons
{
    public const string AsDesired = "AsDesired";
    public const string Creating = "Creating";
    public const string InstancesMissing = "InstancesMissing";
    public const string NotObserved = "NotObserved";
    public const string PrimaryUnreachable = "PrimaryUnreachable";
    public const string NotStreaming = "NotStreaming";
    public const string Streaming = "Streaming";
    public const string NoStandby = "NoStandby";
    public const string InForce = "InForce";
    public const string NotYet = "NotYet";
    public const string Waiting = "Waiting";
    public const string Suspended = "Suspended";
    public const string InvalidSpec = "InvalidSpec";
    public const string ConfigurationRefused = "ConfigurationRefused";
    public const string SettingUntried = "SettingUntried";
    public const string ImageUnusable = "ImageUnusable";
    public const string MajorVersionChange = "MajorVersionChange";
    public const string Conflict = "Conflict";
    public const string ActionFailed = "ActionFailed";
    public const string CertificatesInForce = "CertificatesInForce";
    public const string CertificatesMissing = "CertificatesMissing";
    public const string CertificatesNotLoaded = "CertificatesNotLoaded";
    public const string NothingRequested = "NothingRequested";
    public const string UnknownInstance = "UnknownInstance";
    public const string TargetUnreachable = "TargetUnreachable";
    public const string TargetNotStandby = "TargetNotStandby";
    public const string TargetNotStreaming = "TargetNotStreaming";
    public const string TargetLagging = "TargetLagging";
    public const string OtherTimeline = "OtherTimeline";
    public const string DataLossPossible = "DataLossPossible";
    public const string FenceUnproven = "FenceUnproven";
    public const string DataMissing = "DataMissing";
    public const string DatabaseMissing = "DatabaseMissing";
    public const string TablespacesInTheWay = "TablespacesInTheWay";
    public const string ApplicationLockedOut = "ApplicationLockedOut";
    public const string OnEveryStandby = "OnEveryStandby";
    public const string OnThePrimaryAlone = "OnThePrimaryAlone";
    public const string Archived = "Archived";
    public const string ArchivingFails = "ArchivingFails";
    public const string BackupProgramMissing = "BackupProgramMissing";

    /// <summary>pgBackRest of the image cannot use such a repository.</summary>
    public const string BackupProgramTooOld = "BackupProgramTooOld";

    public const string NoGap = "NoGap";
    public const string WalGivenUp = "WalGivenUp";
    public const string Preparing = "Preparing";

    /// <summary>A secret that spec.backup names does not exist.</summary>
    public const string SecretMissing = "SecretMissing";

    /// <summary>It exists, and its content has not the form that it needs.</summary>
    public const string SecretUnusable = "SecretUnusable";

    /// <summary>The folder of the cluster was made with another passphrase, or without encryption.</summary>
    public const string EncryptionMismatch = "EncryptionMismatch";

    /// <summary>The server of the repository has proven itself with another key than the spec names.</summary>
    public const string HostKeyMismatch = "HostKeyMismatch";

    public const string RepositoryUnusable = "RepositoryUnusable";
    public const string Scheduled = "Scheduled";
    public const string UnknownTimeZone = "UnknownTimeZone";

    /// <summary>The last backup of the schedule.</summary>
    public const string BackupFailed = "BackupFailed";

    public const string Verified = "Verified";

    /// <summary>The newest backup could not be restored, or what was restored is damaged.</summary>
    public const string VerificationFailed = "VerificationFailed";

    /// <summary>The restore test could not be made, which says nothing about the backup.</summary>
    public const string VerificationSkipped = "VerificationSkipped";

    /// <summary>What spec.bootstrap.fromBackup asks for is not in the repository.</summary>
    public const string RestoreRefused = "RestoreRefused";

    /// <summary>The restore was tried, and did not come to what was asked for.</summary>
    public const string RestoreFailed = "RestoreFailed";
    public const string SpaceLeft = "SpaceLeft";
    public const string LittleSpaceLeft = "LittleSpaceLeft";
    public const string Working = "Working";
    public const string Idle = "Idle";
}

/// <summary>The one-word summary for people; conditions are for tools.</summary>
public static class Phases
{
    public const string Creating = "Creating";
    public const string Ready = "Ready";
    public const string Degraded = "Degraded";
    public const string Promoting = "Promoting";
    public const string Blocked = "Blocked";
    public const string Invalid = "Invalid";
    public const string Deleting = "Deleting";
}

/// <summary>What an instance does, as reported in status.</summary>
public static class InstanceStates
{
    public const string Absent = "Absent";

    /// <summary>Its data are being copied from the primary.</summary>
    public const string Joining = "Joining";

    /// <summary>Its data are being made from a backup.</summary>
    public const string Restoring = "Restoring";
    public const string Starting = "Starting";
    public const string Running = "Running";
    public const string Streaming = "Streaming";
    public const string NotStreaming = "NotStreaming";
    public const string Unreachable = "Unreachable";
    public const string Stopped = "Stopped";
    public const string Fenced = "Fenced";
}
