using System.Reflection;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Tests;

/// <summary>No operation on the target ever ends: the passes end nevertheless, and the last one says what the cluster waits for.</summary>
public sealed class PassesWithoutWaits
{
    private const int MostPasses = 10;

    private static readonly TimeSpan LongestPass = TimeSpan.FromSeconds(2);

    private readonly JumpingClock clock = new();
    private readonly OneCluster records = new();
    private readonly Endless target;
    private readonly ClusterReconciler reconciler;

    public PassesWithoutWaits()
    {
        var proxy = DispatchProxy.Create<IExecutionTarget, Endless>();
        target = (Endless)proxy;
        target.Clock = clock;
        reconciler = Reconcilers.Over(proxy, records, clock);
    }

    [Fact]
    public async Task A_primary_that_never_answers_and_a_copy_that_never_ends_are_looked_at_again_and_not_waited_for()
    {
        var looks = await PassesAsync(MostPasses);

        Assert.Contains("cortex-pr does not answer", looks[^1].Why, StringComparison.Ordinal);
        Assert.InRange(looks[^1].After, TimeSpan.FromTicks(1), LongestPass);
        Assert.Equal(["cortex-pr"], target.Started);
        Assert.Equal(["cortex-s1"], target.Copied);
    }

    /// <summary>Its image may have to be pulled.</summary>
    [Fact]
    public async Task An_image_that_is_examined_without_end_is_not_waited_for()
    {
        target.Examined = new TaskCompletionSource<OneShotResult>().Task;

        var looks = await PassesAsync(MostPasses);

        Assert.Contains("the image is being examined", looks[^1].Why, StringComparison.Ordinal);
        Assert.InRange(looks[^1].After, TimeSpan.FromTicks(1), LongestPass);
        Assert.Empty(target.Started);
    }

    [Fact]
    public async Task A_volume_that_is_read_without_end_is_not_waited_for_and_nothing_is_done_before_its_content_is_known()
    {
        var read = new TaskCompletionSource<OneShotResult>();
        target.Inspected = read.Task;
        target.Leave("cortex-pr");

        var looks = await PassesAsync(MostPasses);

        Assert.Contains("a volume is being read", looks[^1].Why, StringComparison.Ordinal);
        Assert.InRange(looks[^1].After, TimeSpan.FromTicks(1), LongestPass);
        Assert.Empty(target.Started);

        read.SetResult(new OneShotResult(0, ""));
        await PassesAsync(MostPasses);
        Assert.Equal(["cortex-pr"], target.Started);
    }

    /// <summary>
    /// Only the examination shows whether the pods have the new image: a report without it would say that the edit is in force.
    /// </summary>
    [Fact]
    public async Task While_the_image_of_an_edit_is_examined_the_edit_is_not_reported_as_observed()
    {
        await PassesAsync(MostPasses);
        Assert.Equal(1, records.Cluster.Status?.ObservedGeneration);
        target.Image = "sha256:2";
        target.Examined = new TaskCompletionSource<OneShotResult>().Task;
        records.Cluster.Metadata.Generation = 2;

        var looks = await PassesAsync(MostPasses);

        Assert.Contains("the image is being examined", looks[^1].Why, StringComparison.Ordinal);
        Assert.InRange(looks[^1].After, TimeSpan.FromTicks(1), LongestPass);
        Assert.Equal(1, records.Cluster.Status?.ObservedGeneration);
    }

    /// <summary>A stopped primary is started in place.</summary>
    [Fact]
    public async Task A_primary_that_is_started_again_is_not_waited_for_either()
    {
        await PassesAsync(MostPasses);
        target.Stop("cortex-pr");

        var looks = await PassesAsync(MostPasses);

        Assert.Equal(["cortex-pr", "cortex-pr"], target.Started);
        Assert.Contains("cortex-pr does not answer", looks[^1].Why, StringComparison.Ordinal);
    }

    /// <summary>Runs passes until one only waits. No pass takes longer than the limit, by a clock that skips every wait.</summary>
    private async Task<IReadOnlyList<NextLook>> PassesAsync(int most)
    {
        List<NextLook> looks = [];
        while (looks.Count < most && looks is not [.., { After.Ticks: > 0 }])
        {
            var began = clock.GetUtcNow();
            looks.Add(
                await reconciler.ReconcileAsync(OneCluster.Key, CancellationToken.None, TestContext.Current.CancellationToken)
                    ?? throw new InvalidOperationException("the resource is gone"));
            Assert.InRange(clock.GetUtcNow() - began, TimeSpan.Zero, LongestPass);
        }

        return looks;
    }

    /// <summary>Time advances only when code waits, and then at once.</summary>
    public sealed class JumpingClock : TimeProvider
    {
        private long ticks = DateTimeOffset.UnixEpoch.AddYears(50).Ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref ticks), TimeSpan.Zero);

        public override long GetTimestamp() => Interlocked.Read(ref ticks);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime >= TimeSpan.Zero)
            {
                Interlocked.Add(ref ticks, dueTime.Ticks);
                ThreadPool.QueueUserWorkItem(_ => callback(state));
            }

            return new Done();
        }

        private sealed class Done : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }

    /// <summary>Accepts every request. No server listens at the addresses of its pods, and its jobs never end.</summary>
    public class Endless : DispatchProxy
    {
        private readonly Dictionary<string, byte[]> secrets = [];
        private readonly HashSet<string> volumes = [];
        private readonly Dictionary<string, PodSeen> pods = [];
        private readonly List<JobSeen> jobs = [];
        private bool network;

        public TimeProvider Clock { get; set; } = TimeProvider.System;

        /// <summary>The result of each inspection of a volume.</summary>
        public Task<OneShotResult> Inspected { get; set; } = Task.FromResult(new OneShotResult(0, ""));

        /// <summary>The result of every other one-shot.</summary>
        public Task<OneShotResult> Examined { get; set; } = Task.FromResult(new OneShotResult(0, ImageExaminerTests.Seventeen));

        /// <summary>The id of every image.</summary>
        public string Image { get; set; } = "sha256:1";

        public List<string> Started { get; } = [];

        public IEnumerable<string> Copied => jobs.Select(job => job.Instance);

        /// <summary>An earlier cluster left the volume of the instance.</summary>
        public void Leave(string instance) => volumes.Add(instance);

        /// <summary>The instance was stopped an hour ago.</summary>
        public void Stop(string instance) =>
            pods[instance] = new PodSeen(
                instance, PodState.Exited, ExitCode: 0, Image: ClusterSpec.DefaultImage, StoppedAt: Clock.GetUtcNow().AddHours(-1));

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            switch (targetMethod?.Name)
            {
                case nameof(IExecutionTarget.ListAsync): return Task.FromResult(List());
                case nameof(IExecutionTarget.FindImageAsync): return Task.FromResult<string?>(Image);
                case nameof(IExecutionTarget.RunOneShotAsync):
                    return ((OneShot)args![0]!).Script == ProvisioningScripts.Inspect ? Inspected : Examined;
                case nameof(IExecutionTarget.EnsureNetworkAsync): network = true; return Task.CompletedTask;
                case nameof(IExecutionTarget.EnsureVolumeAsync): volumes.Add((string)args![1]!); return Task.CompletedTask;
                case nameof(IExecutionTarget.StoreSecretAsync):
                    secrets[(string)args![1]!] = ((ReadOnlyMemory<byte>)args[2]!).ToArray();
                    return Task.CompletedTask;
                case nameof(IExecutionTarget.ReadSecretsAsync):
                    return Task.FromResult<IReadOnlyDictionary<string, byte[]>>(new Dictionary<string, byte[]>(secrets));
                case nameof(IExecutionTarget.Describe): return new k8s.Models.V1Pod { Metadata = new() { Name = (string)args![1]! } };
                case nameof(IExecutionTarget.CheckPlacement): return null;
                case nameof(IExecutionTarget.StartPodAsync): return Start(((k8s.Models.V1Pod)args![1]!).Metadata.Name);
                case nameof(IJobs.StartJobAsync): return Start((Job)args![0]!);
                case nameof(IExecutionTarget.ReadLogAsync): return Task.FromResult("");
                case nameof(IExecutionTarget.ReadControlAsync): return Task.FromResult<byte[]?>(null);
                case nameof(IExecutionTarget.AddressOf): return new InstanceAddress("127.0.0.1", 1);
                default: throw new NotSupportedException(targetMethod?.Name);
            }
        }

        private Inventory List() => new()
        {
            NetworkExists = network,
            Pods = [.. pods.Values],
            Volumes = [.. volumes.Select(instance => new VolumeSeen(Names.Volume(instance), instance))],
            Secrets = [.. secrets.Keys.Select(name => new SecretSeen(name, "1"))],
            Jobs = [.. jobs],
        };

        private Task Start(string instance)
        {
            Started.Add(instance);
            pods[instance] = new PodSeen(instance, PodState.Running, Image: ClusterSpec.DefaultImage) { StartedAt = Clock.GetUtcNow() };
            return Task.CompletedTask;
        }

        private Task Start(Job job)
        {
            jobs.Add(Job.Seen(job.Labels, exitCode: null)!);
            return Task.CompletedTask;
        }
    }
}
