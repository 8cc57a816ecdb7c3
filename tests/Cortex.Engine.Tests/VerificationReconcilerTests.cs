using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Naming;
using Cortex.Engine.Backup;
using Cortex.Engine.Targets;
using Microsoft.Extensions.Time.Testing;

namespace Cortex.Engine.Tests;

/// <summary>Restore tests on an operator that may end between any two writes.</summary>
public sealed class VerificationReconcilerTests
{
    private const string Sound =
        "verify: next 9\nverify: recovered 0/2000000\nverify: segment 000000020000000000000001\nverify: timeline 1\nverify: complete\n";

    private const string Damage = "P00  ERROR: [026]: actual checksum does not match\n";

    private static readonly DateTimeOffset Begin = new(2026, 3, 1, 0, 0, 30, TimeSpan.Zero);

    private readonly FakeTimeProvider clock = new(Begin);
    private readonly World world = new();
    private readonly VerificationReconciler verifications;

    public VerificationReconcilerTests() => verifications = new VerificationReconciler(world, world, world, clock);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cluster_that_asks_for_no_test_is_not_looked_at_again()
    {
        world.Verify = null;

        Assert.Null(await verifications.ReconcileAsync(World.Key, Ct));
        Assert.Empty(world.Written);
    }

    [Fact]
    public async Task A_time_that_comes_starts_one_test_whose_result_is_recorded_before_its_container_is_removed()
    {
        world.Verify = new() { Schedule = "2 0 * * *" };
        var first = await LookAsync();
        Assert.Equal(TimeSpan.FromSeconds(90), first?.After);

        clock.Advance(first!.After);
        await LookAsync();
        await LookAsync();
        Assert.Equal(Begin.AddSeconds(90), Assert.Single(world.Started).StartedAt);
        world.End(0, Sound);
        await LookAsync();
        await LookAsync();

        Assert.Equal(["status", "container", "status", "receipt", "event", "removal"], world.Written);
        Assert.Equal(VerificationVerdicts.Succeeded, Assert.Single(world.Receipts).Verdict);
        Assert.Equal((null, Begin.AddDays(1).AddSeconds(90)), (world.Recorded?.StartedAt, world.Recorded?.Next));
    }

    [Fact]
    public async Task Nothing_is_written_during_a_promotion()
    {
        world.Request = "now";
        world.Status = world.Status with
        {
            Promotion = new() { From = "a", To = "b", Kind = PromotionKind.Switchover, RequestedAt = Begin },
        };

        Assert.NotNull(await LookAsync());
        Assert.Empty(world.Written);
    }

    [Fact]
    public async Task A_test_waits_for_that_of_another_cluster_and_for_its_image()
    {
        world.Request = "now";
        world.AnotherRuns = true;
        Assert.True((await LookAsync())!.After < TimeSpan.FromMinutes(1));
        (world.AnotherRuns, world.ImageIsKnown) = (false, false);
        Assert.True((await LookAsync())!.After < TimeSpan.FromMinutes(1));
        Assert.Empty(world.Started);

        world.ImageIsKnown = true;
        await LookAsync();
        Assert.Single(world.Started);
    }

    [Fact]
    public async Task A_cluster_that_is_deleted_keeps_no_container()
    {
        world.Request = "now";
        await LookAsync();
        world.IsGone = true;

        Assert.Null(await LookAsync());
        Assert.Null(world.Job);
    }

    /// <summary>
    /// Days of an operator that is ended between any two writes and is down for a while. Containers take their time, and some are removed
    /// by another program. None is started and ended within a second, by which they are told apart.
    /// </summary>
    [Theory, InlineData("*/10 * * * *"), InlineData("0 */2 * * *"), InlineData(null)]
    public async Task No_test_runs_twice_and_none_is_lost(string? schedule)
    {
        foreach (var seed in Enumerable.Range(0, 30))
        {
            var random = new Random(seed);
            world.Clear(schedule);
            await LookAsync();
            for (var step = 0; step < 300; step++)
            {
                clock.Advance(TimeSpan.FromSeconds(random.Next(10) == 0 ? random.Next(1, 20_000) : random.Next(1, 300)));
                world.Live(random, step);
                world.WritesUntilKill = random.Next(3) == 0 ? random.Next(4) : null;
                await LookAsync();
            }

            world.WritesUntilKill = null;
            for (var more = 0; more < 4; more++)
            {
                await LookAsync();
                world.End(0, Sound);
            }

            AssertSound(seed);
        }
    }

    private void AssertSound(int seed)
    {
        var because = $"seed {seed}";
        Assert.True(world.Job is null, because);
        // Each container that came to its end has exactly one receipt; one that was removed was followed by another one.
        Assert.Equal(world.Ended, world.Receipts.Select(one => one.StartedAt));
        Assert.True(world.Receipts.Count > 5 || world.Verify is null, because);
        // For each request that was seen, and each time, one test: no more containers than reasons to start one.
        Assert.Equal(world.Request, world.Recorded?.HandledRequest);
        var times = world.Started.Select(one => one.StartedAt).ToList();
        Assert.Equal(times.Distinct().Order(), times);
        Assert.All(world.Started.Zip(world.Started.Skip(1)), pair => Assert.True(
            world.Lost.Contains(pair.First.StartedAt)
                || pair.First.Request != pair.Second.Request
                || world.IsDueBetween(pair.First.StartedAt, pair.Second.StartedAt),
            $"{because}: {pair.Second} has no reason"));
    }

    private async Task<NextLook?> LookAsync()
    {
        try
        {
            return await verifications.ReconcileAsync(World.Key, Ct);
        }
        catch (KilledException)
        {
            return null;
        }
    }

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
