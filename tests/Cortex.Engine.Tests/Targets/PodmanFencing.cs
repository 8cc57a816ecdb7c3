using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Engine.Tests.Targets;

/// <summary>What fencing relies on: a stopped instance stays stopped, whatever its restart policy says.</summary>
public sealed class PodmanFencing : PodmanTier
{
    private const string Beating = $"while :; do date +%s%N >{Paths.Volume}/beat; sleep 0.02; done";

    [Fact]
    public async Task A_server_that_is_killed_from_outside_comes_back_by_itself()
    {
        await StartAsync(Server);
        var before = await ProcessAsync();

        await Machine.SignalAsync("KILL", before);

        Assert.NotEqual(before, await Eventually.SeesAsync("another process runs", ProcessAsync, pid => pid != before && pid > 0));
    }

    /// <summary>The time between death and restart is some tens of milliseconds: the stops come before, during and after it.</summary>
    [Theory, MemberData(nameof(Moments))]
    public async Task A_stop_prevails_over_a_restart_by_policy_at_the_same_moment(int milliseconds, bool fence)
    {
        await StartAsync(Server);
        await Machine.SignalAsync("KILL", await ProcessAsync());
        await Task.Delay(milliseconds, Ct);

        Assert.NotNull(
            await (fence ? Target.FencePodAsync(Cluster, Primary, Ct) : Target.StopPodAsync(Cluster, Primary, TimeSpan.Zero, Ct)));
        if (fence)
        {
            await RecordedAsync();
        }

        await StaysStoppedAsync();
    }

    public static MatrixTheoryData<int, bool> Moments => new([0, 5, 10, 15, 20, 30, 45, 70, 120], [false, true]);

    /// <summary>
    /// Several times, because Podman may or may not have recorded the end in the milliseconds before the process is gone.
    /// </summary>
    [Theory, InlineData(3)]
    public Task A_fence_returns_when_no_process_is_left_and_none_comes_back(int rounds) => FenceAgainAndAgainAsync(rounds);

    [Theory, InlineData(30), Trait("Level", "deep")]
    public Task No_fence_of_many_returns_before_the_last_process_is_gone(int rounds) => FenceAgainAndAgainAsync(rounds);

    private async Task FenceAgainAndAgainAsync(int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            await StartAsync($"({Beating}) & wait");
            var process = await ProcessAsync();

            Assert.NotNull(await Target.FencePodAsync(Cluster, Primary, Ct));

            Assert.False(Directory.Exists($"/proc/{process}"));
            Assert.NotEqual(PodState.Running, (await Target.ListAsync(Cluster, Ct)).Pod(Primary)!.State);
            await RecordedAsync();
            await StaysStoppedAsync();
        }
    }

    [Fact]
    public async Task A_frozen_server_is_fenced_without_running_again()
    {
        await StartAsync(Beating);
        await FreezeAsync();
        var beat = await ReadAsync("beat");

        Assert.Equal(137, (await Target.StopPodAsync(Cluster, Primary, TimeSpan.Zero, Ct))?.ExitCode);

        await StaysStoppedAsync();
        Assert.Equal(beat, await ReadAsync("beat"));
    }

    [Fact]
    public async Task A_frozen_server_is_thawed_for_a_shutdown_with_grace()
    {
        await StartAsync(Server);
        await FreezeAsync();

        Assert.Equal(3, (await Target.StopPodAsync(Cluster, Primary, TimeSpan.FromSeconds(10), Ct))?.ExitCode);
    }

    /// <summary>PostgreSQL in an image without STOPSIGNAL: with SIGTERM it waits for its clients, with SIGINT it ends.</summary>
    [Fact]
    public async Task A_server_whose_image_names_no_stop_signal_gets_SIGINT_too()
    {
        var image = $"localhost/{Cluster.Name}-terms:1";
        await StartAsync(Server);
        var query = $"container={Names.Container(Primary)}&repo={image[..^2]}&tag=1&changes={Uri.EscapeDataString("STOPSIGNAL SIGTERM")}";
        (await Api.PostAsync($"commit?{query}", Ct)).OrThrow("commit");
        await Target.DeletePodAsync(Cluster, Primary, Ct);
        try
        {
            var pod = Pod($"trap '' TERM; trap 'exit 3' INT; echo {Listens}; while :; do sleep 0.02; done");
            pod.Spec.Containers[0].Image = image;
            await Target.StartPodAsync(Cluster, pod, Ct);
            await ListensAsync();

            Assert.Equal(3, (await Target.StopPodAsync(Cluster, Primary, TimeSpan.FromSeconds(20), Ct))?.ExitCode);

            await StaysStoppedAsync();
        }
        finally
        {
            await Target.DeletePodAsync(Cluster, Primary, CancellationToken.None);
            await Api.DeleteAsync($"images/{Uri.EscapeDataString(image)}?force=true", CancellationToken.None);
        }
    }

    [Fact]
    public async Task A_fence_overtakes_a_shutdown_that_takes_its_time()
    {
        await StartListeningAsync(IgnoresSignals);
        var slow = Target.StopPodAsync(Cluster, Primary, TimeSpan.FromMinutes(1), Ct);
        await Eventually.SeesAsync("it is stopping", StatusAsync, status => status == "stopping");

        Assert.Equal(137, (await Target.StopPodAsync(Cluster, Primary, TimeSpan.Zero, Ct))?.ExitCode);

        Assert.Equal(137, (await slow)?.ExitCode);
        await StaysStoppedAsync();
    }

    /// <summary>Podman 4.3 never learns that such a container ended.</summary>
    [Theory, InlineData(0), InlineData(1)]
    public async Task A_server_whose_monitor_died_is_fenced_and_can_be_started_again(int grace)
    {
        await StartAsync(Server);
        var process = await ProcessAsync();
        await Machine.SignalAsync("KILL", await StateNumberAsync("ConmonPid"));

        Assert.NotNull(await Target.StopPodAsync(Cluster, Primary, TimeSpan.FromSeconds(grace), Ct));

        Assert.False(Directory.Exists($"/proc/{process}"));
        await Target.StartPodAsync(Cluster, Pod(Server), Ct);
        Assert.Equal(PodState.Running, (await Target.ListAsync(Cluster, Ct)).Pod(Primary)!.State);
    }

    /// <summary>
    /// With cgroups of version 1, runc may give up on a container that starts processes all the time, because a group is frozen process by
    /// process. So another attempt is made.
    /// </summary>
    private async Task FreezeAsync()
    {
        var reply = await PauseAsync();
        Assert.SkipWhen(
            !reply.Succeeded && !Environment.IsPrivilegedProcess && !File.Exists("/sys/fs/cgroup/cgroup.controllers"),
            $"a rootless Podman cannot pause a container on a machine with cgroups of version 1: {reply.Message}");
        if (!reply.Succeeded)
        {
            await Eventually.SeesAsync("the server is paused", PauseAsync, again => again.Succeeded);
        }

        Assert.Equal(PodState.Paused, (await Target.ListAsync(Cluster, Ct)).Pod(Primary)!.State);
    }

    private Task<LibpodReply> PauseAsync() => Api.PostAsync($"containers/{Names.Container(Primary)}/pause", Ct);

    private Task<int> ProcessAsync() => StateNumberAsync("Pid");

    private async Task<int> StateNumberAsync(string name) =>
        (await InspectAsync(Names.Container(Primary))).GetProperty("State").GetProperty(name).GetInt32();

    private async Task<string> StatusAsync() =>
        (await InspectAsync(Names.Container(Primary))).GetProperty("State").GetProperty("Status").GetString()!;

    private async Task<string> ReadAsync(string file) =>
        (await Target.RunOneShotAsync(Work($"cat {Paths.Volume}/{file}") with { Instance = Primary }, Ct)).Output;

    /// <summary>Waits for Podman's records, which a fence does not do.</summary>
    private Task<string> RecordedAsync() => Eventually.SeesAsync(
        "Podman has written down the end", StatusAsync, status => status is not ("stopping" or "stopped"));

    /// <summary>A restart by policy takes a third of a second on this machine, so checks during a whole second would detect it.</summary>
    private async Task StaysStoppedAsync()
    {
        for (var check = 0; check < 20; check++)
        {
            Assert.Equal("exited", await StatusAsync());
            await Task.Delay(50, Ct);
        }
    }
}
