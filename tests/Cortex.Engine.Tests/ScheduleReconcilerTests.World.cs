using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Engine.Backup;

namespace Cortex.Engine.Tests;

public sealed partial class ScheduleReconcilerTests
{
    /// <summary>One cluster and its backups, in an API that the operator may lose after any write.</summary>
    private sealed class World(TimeProvider clock) : IClusterRecords, IScheduledBackups
    {
        public static readonly ClusterKey Key = new("default", "cortex");

        private List<CortexBackup> seen = [];
        private ScheduleSpec? schedule;
        private long version;

        public List<CortexBackup> Backups { get; } = [];

        public List<ScheduledBackup> Created { get; } = [];

        public List<(BackupType Type, DateTimeOffset At, DateTimeOffset StartedAt)> Started { get; } = [];

        public ClusterStatus? Status { get; set; } = new() { Backup = new() { Folder = "folder" } };

        public int Writes { get; private set; }

        /// <summary>The operator ends before the next write when it is 0.</summary>
        public int? WritesUntilKill { get; set; }

        public void Schedule(ScheduleSpec? spec) => (schedule, version) = (spec, version + 1);

        public void Clear()
        {
            Backups.Clear();
            Created.Clear();
            Started.Clear();
            seen = [];
            Status = new() { Backup = new() { Folder = "folder" } };
        }

        public Task<CortexCluster?> ReadAsync(ClusterKey cluster, CancellationToken ct) => Task.FromResult<CortexCluster?>(new()
        {
            Metadata = new() { Name = Key.Name, NamespaceProperty = Key.Namespace, ResourceVersion = $"{version}" },
            Spec = new() { Backup = new() { Repository = new() { Directory = new() { Volume = "v" } }, Schedule = schedule } },
            Status = Status,
        });

        public Task<CortexCluster> WriteStatusAsync(CortexCluster cluster, ClusterStatus? before, ClusterStatus after, CancellationToken ct)
        {
            Write();
            Assert.Equal($"{version}", cluster.Metadata.ResourceVersion);
            (Status, version) = (after, version + 1);
            return Task.FromResult(cluster);
        }

        public IReadOnlyList<CortexBackup> Of(ClusterKey cluster) => WritesUntilKill is null ? [.. Backups] : seen;

        public Task MakeAsync(CortexBackup backup, CancellationToken ct)
        {
            Write();
            if (Backups.All(cortexBackup => cortexBackup.Metadata.Name != backup.Metadata.Name))
            {
                Backups.Add(backup);
                if (backup.Spec.ScheduledAt is { } at)
                {
                    Created.Add(new(backup.Spec.Type, at));
                }
            }

            return Task.CompletedTask;
        }

        public Task RemoveAsync(CortexBackup backup, CancellationToken ct)
        {
            Write();
            Backups.RemoveAll(cortexBackup => cortexBackup.Metadata.Name == backup.Metadata.Name);
            return Task.CompletedTask;
        }

        /// <summary>What happens to the backups meanwhile; the operator may not have seen all of it.</summary>
        public void Live(Random random)
        {
            seen = random.Next(4) == 0 ? seen : [.. Backups];
            foreach (var backup in Backups)
            {
                backup.Status = backup.Status?.Phase switch
                {
                    null or BackupPhases.Pending when random.Next(2) == 0 => Start(backup),
                    BackupPhases.Running when random.Next(2) == 0 =>
                        backup.Status with { Phase = random.Next(5) == 0 ? BackupPhases.Failed : BackupPhases.Completed },
                    BackupPhases.Completed when random.Next(30) == 0 => backup.Status with { Phase = BackupPhases.Expired },
                    _ => backup.Status,
                };
            }
        }

        public void EndAll() => Backups.Where(backup => backup.Status?.Phase is null or BackupPhases.Running).ToList().ForEach(backup =>
            backup.Status = (backup.Status ?? Start(backup)) with { Phase = BackupPhases.Completed });

        public Task<CortexCluster> AddFinalizerAsync(CortexCluster cluster, CancellationToken ct) => throw new NotSupportedException();

        public Task RemoveFinalizerAsync(CortexCluster cluster, CancellationToken ct) => throw new NotSupportedException();

        public void Tell(CortexCluster cluster, bool warning, string reason, string message) => throw new NotSupportedException();

        private CortexBackupStatus Start(CortexBackup backup)
        {
            Started.Add((backup.Spec.Type, backup.Spec.ScheduledAt!.Value, clock.GetUtcNow()));
            return new() { Phase = BackupPhases.Running, StartedAt = clock.GetUtcNow() };
        }

        private void Write()
        {
            if (WritesUntilKill is { } left)
            {
                WritesUntilKill = left > 0 ? left - 1 : throw new KilledException();
            }

            Writes++;
        }
    }
}
