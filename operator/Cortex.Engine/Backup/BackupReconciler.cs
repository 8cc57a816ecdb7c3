using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Engine.Observe;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Backup;

/// <summary>One pass over one backup: read, decide, act, report. No pass waits for a backup to end.</summary>
public sealed class BackupReconciler(IBackupRecords records, IBackupJobs jobs, Archives archives, ImageExaminer images, TimeProvider clock)
{
    private static readonly TimeSpan JobCheckInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    /// <summary>How often a completed backup is looked up in the repository.</summary>
    private static readonly TimeSpan RepositoryCheckInterval = TimeSpan.FromSeconds(30);

    /// <summary>Null where there is nothing more to do.</summary>
    public async Task<NextLook?> ReconcileAsync(string ns, string name, CancellationToken ct)
    {
        if (await records.ReadAsync(ns, name, ct) is not { Metadata.DeletionTimestamp: null } backup)
        {
            return null;
        }

        var key = new ClusterKey(ns, backup.Spec.Cluster ?? "");
        var cluster = await records.ReadClusterAsync(key, ct);
        var instance = backup.Status?.Instance ?? cluster?.Status?.Primary;
        var job = instance is null || backup.IsOver() ? null : await jobs.SeeBackupAsync(key, instance, ct);
        return BackupProgress.Next(backup, cluster, job) switch
        {
            BackupAction.Wait action => await WaitAsync(backup, action.Why, ct),
            BackupAction.Start action => await StartAsync(backup, cluster!, action.Instance, ct),
            BackupAction.BeginAgain action => await BeginAgainAsync(backup, key, action, ct),
            BackupAction.Postpone action => await PostponeAsync(backup, action.Why, ct),
            BackupAction.Watch => await WatchAsync(backup, ct),
            BackupAction.Confirm action => await ConfirmAsync(backup, cluster!, action, ct),
            BackupAction.Fail action => await FailAsync(backup, key, action.Instance, action.Why, ct),
            _ => await RestAsync(backup, cluster, ct),
        };
    }

    private async Task<NextLook> WaitAsync(CortexBackup backup, string why, CancellationToken ct)
    {
        var status = backup.Status ?? new CortexBackupStatus();
        await WriteAsync(backup, status with { Phase = status.Phase ?? BackupPhases.Pending, Message = why }, ct);
        return new NextLook(RetryDelay, why);
    }

    /// <summary>The status is written first: after an interruption, it names the instance whose container makes the backup.</summary>
    private async Task<NextLook> StartAsync(CortexBackup backup, CortexCluster cluster, string instance, CancellationToken ct)
    {
        var seen = await images.LookAsync(cluster.Key(), cluster.Spec.Image, ct);
        if (seen.Facts is not { } image)
        {
            return await WaitAsync(backup, seen.Problem ?? "the image is being examined", ct);
        }

        if (backup.Status is not { Phase: BackupPhases.Running })
        {
            var status = new CortexBackupStatus
            {
                Phase = BackupPhases.Running, Instance = instance, StartedAt = Now, Interruptions = backup.Status?.Interruptions,
            };
            await WriteAsync(backup, status, ct);
            records.Tell(backup, false, EventReasons.BackupStarted, $"a backup of {instance} is being made");
            return new NextLook(TimeSpan.Zero, "the backup begins");
        }

        await WriteAsync(backup, backup.Status with { Message = null }, ct);
        await jobs.StartBackupAsync(
            new OneShot
            {
                Cluster = cluster.Key(),
                Name = Names.Backup(instance),
                Image = cluster.Spec.Image,
                Script = BackupScripts.Make,
                Arguments = [BackupTypes.Option(backup.Spec.Type)],
                User = (image.Uid, image.Gid),
                Instance = instance,
                Repository = cluster.Spec.Backup?.Repository.Directory?.Volume,
                OnNetwork = RepositoryAccess.Of(cluster.Spec).IsRemote,
            },
            backup.Metadata.Uid,
            ct);
        return new NextLook(JobCheckInterval, "the backup is being made");
    }

    /// <summary>What it waited for before is over.</summary>
    private async Task<NextLook> WatchAsync(CortexBackup backup, CancellationToken ct)
    {
        await WriteAsync(backup, backup.Status! with { Message = null }, ct);
        return new NextLook(JobCheckInterval, "the backup is being made");
    }

    private async Task<NextLook> PostponeAsync(CortexBackup backup, string why, CancellationToken ct)
    {
        var status = new CortexBackupStatus { Phase = BackupPhases.Pending, Message = why, Interruptions = backup.Status?.Interruptions };
        await WriteAsync(backup, status, ct);
        return new NextLook(RetryDelay, why);
    }

    private async Task<NextLook> BeginAgainAsync(CortexBackup backup, ClusterKey key, BackupAction.BeginAgain again, CancellationToken ct)
    {
        await jobs.EndBackupAsync(key, again.Instance, ct);
        var status = new CortexBackupStatus
        {
            Phase = BackupPhases.Pending,
            Message = $"begins again: {again.Why}",
            Interruptions = again.IsInterruption ? (backup.Status?.Interruptions ?? 0) + 1 : backup.Status?.Interruptions,
        };
        await WriteAsync(backup, status, ct);
        return new NextLook(TimeSpan.Zero, again.Why);
    }

    /// <summary>Completes the backup only if the repository lists it and has the last WAL segment that belongs to it.</summary>
    private async Task<NextLook?> ConfirmAsync(CortexBackup backup, CortexCluster cluster, BackupAction.Confirm done, CancellationToken ct)
    {
        var key = cluster.Key();
        var repository = await archives.ReadAsync(key, cluster.Spec, cluster.Status?.Primary ?? done.Instance, ct);
        if (repository?.Backups.FirstOrDefault(backupSeen => backupSeen.Label == done.Label) is not { } made)
        {
            return await FailAsync(backup, key, done.Instance, $"the repository does not have {done.Label}", ct);
        }

        if (string.CompareOrdinal(repository.NewestWal, made.WalTo) < 0)
        {
            return await WaitAsync(backup, $"its last WAL segment {made.WalTo} is not archived yet", ct);
        }

        await WriteAsync(
            backup,
            new CortexBackupStatus
            {
                Phase = BackupPhases.Completed,
                Message = made.IsDamaged ? "pages with a wrong checksum were found: the database is damaged, and this copy, too" : null,
                Instance = done.Instance,
                Label = made.Label,
                Type = BackupTypes.Word(made.Type),
                StartedAt = made.Started,
                StoppedAt = made.Stopped,
                DurationSeconds = (long)(made.Stopped - made.Started).TotalSeconds,
                WalFrom = made.WalFrom,
                WalTo = made.WalTo,
                Interruptions = backup.Status?.Interruptions,
                SizeBytes = made.Size,
                StoredBytes = made.Stored,
            },
            ct);
        var damage = made.IsDamaged ? ", with pages that have a wrong checksum" : "";
        records.Tell(backup, made.IsDamaged, EventReasons.BackupCompleted, $"{made.Label} is in the repository{damage}");
        await jobs.EndBackupAsync(key, done.Instance, ct);
        return new NextLook(RepositoryCheckInterval, "whether the repository still has it");
    }

    private async Task<NextLook?> FailAsync(CortexBackup backup, ClusterKey key, string instance, string why, CancellationToken ct)
    {
        var status = backup.Status ?? new CortexBackupStatus();
        await WriteAsync(backup, status with { Phase = BackupPhases.Failed, Message = why, StoppedAt = Now }, ct);
        records.Tell(backup, true, EventReasons.BackupFailed, why);
        if (await jobs.SeeBackupAsync(key, instance, ct) is { } left && left.Uid == backup.Metadata.Uid)
        {
            await jobs.EndBackupAsync(key, instance, ct);
        }

        return null;
    }

    /// <summary>A completed backup expires when the retention keeps newer ones.</summary>
    private async Task<NextLook?> RestAsync(CortexBackup backup, CortexCluster? cluster, CancellationToken ct)
    {
        if (backup.Status is not { Phase: BackupPhases.Completed, Label: { } label } status)
        {
            return null;
        }

        if (cluster is not null && archives.LastRead(cluster.Key()) is { } repository
            && repository.Backups.All(kept => kept.Label != label) && repository.Backups.Any(kept => kept.Stopped > status.StoppedAt))
        {
            const string why = "the repository keeps newer backups: spec.backup.retention";
            await WriteAsync(backup, status with { Phase = BackupPhases.Expired, Message = why }, ct);
            return null;
        }

        return new NextLook(RepositoryCheckInterval, "whether the repository still has it");
    }

    private Task WriteAsync(CortexBackup backup, CortexBackupStatus status, CancellationToken ct) =>
        status == backup.Status ? Task.CompletedTask : records.WriteStatusAsync(backup, status, ct);

    private DateTimeOffset Now => ApiTime.ToSecond(clock.GetUtcNow());
}
