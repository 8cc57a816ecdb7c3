using System.Reflection;
using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Act;
using Cortex.Engine.Targets;
using TargetException = Cortex.Engine.Targets.TargetException;

namespace Cortex.Engine.Tests;

/// <summary>The primary is lost while a pass waits for another instance.</summary>
public sealed class PrimaryWatchTests
{
    private const string Primary = "cortex-pr";
    private const string Standby = "cortex-s1";

    private static readonly ClusterKey Key = new("default", "cortex");

    private static readonly Observation Writing = new()
    {
        Cluster = Key,
        Inventory = Inventory.Empty,
        Image = new(null, null),
        Postgres = new Dictionary<string,
        PostgresSeen> { [Primary] = new() { InRecovery = false, SystemIdentifier = "7", Timeline = 1, Lsn = 1 } },
    };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PodState.Exited)]
    [InlineData(null)]
    public async Task A_wait_that_would_not_end_ends_when_the_primary_does_not_run_any_more(PodState? state)
    {
        var (unwound, looks) = (false, 0);
        using var pass = new Pass(new CortexCluster(), Writing, new Plan { Steps = [], Holds = [] }, null!, TimeProvider.System, Ct);
        var watch = Watch(() => looks++ == 0 ? PodState.Running : state);

        var failure = await Assert.ThrowsAsync<TargetException>(() => watch.GuardAsync(
            pass,
            Primary,
            async ct =>
            {
                try
                {
                    await Task.Delay(Timeout.Infinite, ct);
                }
                finally
                {
                    unwound = true;
                }
            },
            Ct));

        Assert.Contains(Primary, failure.Message, StringComparison.Ordinal);
        Assert.True(unwound);
    }

    /// <summary>An API server that stumbles answers in many ways.</summary>
    [Fact]
    public async Task A_target_that_cannot_be_asked_ends_no_wait()
    {
        using var pass = new Pass(new CortexCluster(), Writing, new Plan { Steps = [], Holds = [] }, null!, TimeProvider.System, Ct);
        var (looks, asked) = (0, new TaskCompletionSource());
        var watch = Watch(() =>
        {
            if (++looks == 3)
            {
                asked.SetResult();
            }

            throw new HttpRequestException("the server is starting");
        });

        await watch.GuardAsync(pass, Primary, ct => asked.Task.WaitAsync(ct), Ct);

        Assert.InRange(looks, 3, int.MaxValue);
    }

    [Fact]
    public async Task What_the_work_comes_to_is_what_the_guard_comes_to()
    {
        using var pass = new Pass(new CortexCluster(), Writing, new Plan { Steps = [], Holds = [] }, null!, TimeProvider.System, Ct);
        var watch = Watch(() => PodState.Running);
        var done = false;

        await watch.GuardAsync(pass, Primary, _ => Task.FromResult(done = true), Ct);

        Assert.True(done);
        await Assert.ThrowsAsync<TimeoutException>(
            () => watch.GuardAsync(pass, Primary, _ => Task.FromException(new TimeoutException()), Ct));
        using var wish = new CancellationTokenSource();
        await wish.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => watch.GuardAsync(pass, Primary, ct => Task.Delay(Timeout.Infinite, ct), wish.Token));
    }

    [Fact]
    public void Waits_for_others_are_guarded_as_long_as_the_primary_was_seen_to_write()
    {
        Step[] others = [new Step.AwaitStreaming(Standby), new Step.AwaitAnswer(Standby), new Step.AwaitReplay(Standby, Primary)];

        Assert.All(others, step => Assert.True(PrimaryWatch.Guards(step, Writing, Primary)));
        Assert.All(
            others,
            step => Assert.False(PrimaryWatch.Guards(step, Writing with { Postgres = new Dictionary<string, PostgresSeen>() }, Primary)));
        Assert.False(PrimaryWatch.Guards(new Step.AwaitAnswer(Primary), Writing, Primary));
    }

    private static PrimaryWatch Watch(Func<PodState?> primary)
    {
        var target = DispatchProxy.Create<IExecutionTarget, Pods>();
        ((Pods)target).Primary = primary;
        return new PrimaryWatch(target, TimeProvider.System);
    }

    public class Pods : DispatchProxy
    {
        public Func<PodState?> Primary { get; set; } = () => null;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod?.Name == nameof(IExecutionTarget.ListAsync)
            ? Task.FromResult(
                Primary() is { } state ? Inventory.Empty with { Pods = [new PodSeen(PrimaryWatchTests.Primary, state)] } : Inventory.Empty)
            : throw new NotSupportedException(targetMethod?.Name);
    }
}
