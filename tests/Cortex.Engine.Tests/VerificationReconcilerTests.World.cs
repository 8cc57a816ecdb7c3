using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Naming;
using Cortex.Engine.Backup;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Tests;

/// <content>The cluster that the tests reconcile.</content>
public sealed partial class VerificationReconcilerTests
{
    private sealed class KilledException : Exception;

    /// <summary>One cluster and the container of its restore test, which the operator may lose after any write.</summary>
    private sealed class World : IClusterRecords, IVerificationJobs, IVerificationSource
    {
        public static readonly ClusterKey Key = new("default", "cortex");

        private long version;

        public VerifySpec? Verify { get; set; }

        public string? Request { get; set; }

        public bool IsGone { get; set; }

        public bool AnotherRuns { get; set; }

        public bool ImageIsKnown { get; set; } = true;

        public ClusterStatus Status { get; set; } = new() { Backup = new() { Folder = "folder" } };

        public VerificationStatus? Recorded => Status.Backup?.Verification;

        public VerificationJobSeen? Job { get; private set; }

        public List<VerificationOrder> Started { get; } = [];

        public List<DateTimeOffset> Ended { get; } = [];

        public List<DateTimeOffset> Lost { get; } = [];

        public List<VerificationReceipt> Receipts { get; } = [];

        public List<string> Written { get; } = [];

        /// <summary>The operator ends before the next write when it is 0.</summary>
        public int? WritesUntilKill { get; set; }

        public void Clear(string? schedule)
        {
            (Verify, Request, Job) = (schedule is null ? null : new() { Schedule = schedule }, null, null);
            (Status, WritesUntilKill) = (new() { Backup = new() { Folder = "folder" } }, null);
            Started.Clear();
            Ended.Clear();
            Lost.Clear();
            Receipts.Clear();
        }

        public void End(int exitCode, string output)
        {
            if (Job is { ExitCode: null } job)
            {
                Job = job with { ExitCode = exitCode, Output = output };
                Ended.Add(job.Order.StartedAt);
            }
        }

        /// <summary>What happens meanwhile: a test ends, its container is removed by hand, or a user asks for another one.</summary>
        public void Live(Random random, int step)
        {
            switch (random.Next(12))
            {
                case < 5:
                    End(random.Next(4) == 0 ? 1 : 0, random.Next(4) == 0 ? Damage : Sound);
                    break;
                case 5 when Job is { ExitCode: null } job:
                    Lost.Add(job.Order.StartedAt);
                    Job = null;
                    break;
                case 6:
                    Request = $"{step}";
                    break;
            }
        }

        public bool IsDueBetween(DateTimeOffset after, DateTimeOffset until) =>
            Verify?.Schedule is { } line && CronLine.Read(line).Line!.Last(after, until, TimeZoneInfo.Utc) is not null;

        public Task<CortexCluster?> ReadAsync(ClusterKey cluster, CancellationToken ct) => Task.FromResult(IsGone ? null : new CortexCluster
        {
            Metadata = new()
            {
                Name = Key.Name,
                NamespaceProperty = Key.Namespace,
                ResourceVersion = $"{version}",
                Annotations = Request is null ? null : new Dictionary<string, string> { [Annotations.VerifyBackup] = Request },
            },
            Spec = new() { Backup = new() { Repository = new() { Directory = new() { Volume = "v" } }, Verify = Verify } },
            Status = Status,
        });

        public Task<CortexCluster> WriteStatusAsync(CortexCluster cluster, ClusterStatus? before, ClusterStatus after, CancellationToken ct)
        {
            var receipt = after.Backup!.LastVerification;
            var isNew = receipt != Status.Backup!.LastVerification;
            Write(isNew ? "receipt" : "status");
            Assert.Equal($"{version}", cluster.Metadata.ResourceVersion);
            if (isNew)
            {
                Receipts.Add(receipt!);
            }

            (Status, version) = (after, version + 1);
            return Task.FromResult(cluster);
        }

        public void Tell(CortexCluster cluster, bool warning, string reason, string message) => Written.Add("event");

        public Task StartVerificationAsync(OneShot work, VerificationOrder order, CancellationToken ct)
        {
            Write("container");
            Assert.True(Job is null or { ExitCode: not null });
            Job = new(order, null, "");
            Started.Add(order);
            return Task.CompletedTask;
        }

        public Task<VerificationJobSeen?> SeeVerificationAsync(ClusterKey cluster, CancellationToken ct) => Task.FromResult(Job);

        public Task<bool> IsAnotherVerifiedAsync(ClusterKey cluster, CancellationToken ct) => Task.FromResult(AnotherRuns);

        public Task EndVerificationAsync(ClusterKey cluster, CancellationToken ct)
        {
            Write("removal");
            Job = null;
            return Task.CompletedTask;
        }

        public RepositorySeen? LastRead(ClusterKey cluster) => new(
            true,
            [new("20260228-000000F", "full", Begin.AddDays(-1), Begin.AddDays(-1), "1", "1", 1, 1, false)],
            "000000010000000000000001");

        public Task<long?> NextTransactionAsync(CortexCluster cluster, CancellationToken ct) => Task.FromResult<long?>(9);

        public Task<OneShot?> DescribeAsync(CortexCluster cluster, VerificationOrder order, CancellationToken ct) =>
            Task.FromResult(ImageIsKnown ? new OneShot { Cluster = Key, Name = "n", Image = "i", Script = "s" } : null);

        public Task<CortexCluster> AddFinalizerAsync(CortexCluster cluster, CancellationToken ct) => throw new NotSupportedException();

        public Task RemoveFinalizerAsync(CortexCluster cluster, CancellationToken ct) => throw new NotSupportedException();

        private void Write(string what)
        {
            if (WritesUntilKill is { } left)
            {
                WritesUntilKill = left > 0 ? left - 1 : throw new KilledException();
            }

            Written.Add(what);
        }
    }
}
