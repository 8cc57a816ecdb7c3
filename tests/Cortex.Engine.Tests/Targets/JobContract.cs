using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Tests.Targets;

/// <summary>What every target promises about jobs, which no pass waits for.</summary>
public abstract class JobContract : WorkloadContract
{
    private const string From = "another-pr";

    [Fact]
    public async Task A_job_is_listed_while_it_runs_and_when_it_has_ended_until_it_is_removed()
    {
        await PrepareAsync();
        await StartJobAsync("sleep 600");
        var runs = Assert.Single((await Target.ListAsync(Cluster, Ct)).Jobs);
        Assert.Equal(
            (Primary, From, 3L, "r1", Image, true), (runs.Instance, runs.From, runs.Timeline ?? 0, runs.Revision, runs.Image, runs.Runs));
        Assert.Null(await Target.ReadJobAsync(Cluster, Primary, Ct));
        Assert.Equal("", await Target.TailJobAsync(Cluster, Primary, Ct));

        await StartJobAsync("echo begun; echo bad >&2; exit 7");

        Assert.Equal(7, (await EndedAsync()).ExitCode);
        var result = Assert.IsType<OneShotResult>(await Target.ReadJobAsync(Cluster, Primary, Ct));
        Assert.Equal(7, result.ExitCode);
        Assert.Equal(["bad", "begun"], result.Output.Trim().Split('\n').Order(StringComparer.Ordinal));
        for (var round = 0; round < 2; round++)
        {
            await Target.EndJobAsync(Cluster, Primary, Ct);
            Assert.Empty((await Target.ListAsync(Cluster, Ct)).Jobs);
            Assert.Null(await Target.ReadJobAsync(Cluster, Primary, Ct));
        }
    }

    [Fact]
    public async Task The_end_of_a_job_is_reported()
    {
        await PrepareAsync();
        using var stopped = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var reported = new TaskCompletionSource();
        var watching = Task.Run(
            async () =>
            {
                await foreach (var key in Target.WatchAsync(stopped.Token))
                {
                    if (key == Cluster && (await Target.ListAsync(Cluster, Ct)).Job(Primary) is { Runs: false })
                    {
                        reported.TrySetResult();
                    }
                }
            },
            Ct);
        // One job after the other, until one ends while the watch is open.
        while (await Task.WhenAny(reported.Task, Task.Delay(TimeSpan.FromSeconds(3), Ct)) != reported.Task)
        {
            Assert.False(watching.IsCompleted);
            await StartJobAsync("sleep 1");
        }

        await stopped.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
    }

    [Fact]
    public async Task A_running_job_blocks_the_removal_of_neither_its_volume_nor_its_network()
    {
        await PrepareAsync();
        await StartJobAsync("sleep 600");

        await Target.DeleteVolumeAsync(Cluster, Primary, Ct);
        await Target.DeleteNetworkAsync(Cluster, Ct);

        var left = await Target.ListAsync(Cluster, Ct);
        Assert.Empty(left.Jobs);
        Assert.Empty(left.Volumes);
    }

    private async Task PrepareAsync()
    {
        await Target.EnsureNetworkAsync(Cluster, Ct);
        await Target.EnsureVolumeAsync(Cluster, Primary, OwnVolume, Ct);
    }

    private Task StartJobAsync(string script) =>
        Target.StartJobAsync(
            Job.OfJoin(
                Work(script) with { Name = Names.OneShot(Primary), Instance = Primary, User = Account, OnNetwork = true }, From, 3, "r1"),
            Ct);

    private async Task<JobSeen> EndedAsync()
    {
        while (true)
        {
            if ((await Target.ListAsync(Cluster, Ct)).Job(Primary) is { Runs: false } job)
            {
                return job;
            }

            await Task.Delay(50, Ct);
        }
    }
}
