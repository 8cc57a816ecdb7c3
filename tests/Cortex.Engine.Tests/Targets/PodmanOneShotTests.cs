using System.Text.Json;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Engine.Targets;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Engine.Tests.Targets;

/// <summary>One-shots, secrets and interrupted work on a real Podman.</summary>
public sealed class PodmanOneShotTests : PodmanTier
{
    [Fact]
    public async Task A_cancelled_one_shot_is_gone()
    {
        using var stopped = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var work = Target.RunOneShotAsync(Work("sleep 600"), stopped.Token);
        await UntilRunningAsync();

        await stopped.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work);
        Assert.True((await Api.GetAsync($"containers/{Names.OneShot(Primary)}/json", Ct)).Missing);
    }

    [Fact]
    public async Task A_one_shot_takes_the_place_of_one_that_still_runs_and_is_not_removed_by_it()
    {
        var first = Target.RunOneShotAsync(Work("sleep 600"), Ct);
        await UntilRunningAsync();

        var second = await Target.RunOneShotAsync(Work("sleep 1; echo second"), Ct);

        Assert.Equal(new OneShotResult(0, "second\n"), second);
        Assert.NotEqual(
            0, await first.ContinueWith(ended => ended.IsCompletedSuccessfully ? ended.Result.ExitCode : -1, TaskScheduler.Default));
    }

    [Fact]
    public async Task A_one_shot_has_no_capability_and_without_the_network_no_interface_but_loopback()
    {
        var result = await Target.RunOneShotAsync(
            Work("grep CapEff /proc/self/status; grep NoNewPrivs /proc/self/status; ls /sys/class/net") with { User = (0, 0) }, Ct);

        Assert.Equal(["CapEff:\t0000000000000000", "NoNewPrivs:\t1", "lo"], result.Output.Trim().Split('\n'));
    }

    /// <summary>The script repeats the lookup: Podman does not wait until its name server knows a new container.</summary>
    [Fact]
    public async Task A_one_shot_on_the_network_finds_an_instance_by_its_name()
    {
        await StartAsync(Server);

        var result = await Target.RunOneShotAsync(
            Work("until getent hosts \"$1\"; do sleep 0.1; done") with { OnNetwork = true, Arguments = [Primary] }, Ct);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains(Primary, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Podman_keeps_neither_the_output_nor_a_secret_of_a_one_shot()
    {
        await Target.StoreSecretAsync(Cluster, Names.CaSecret(Cluster.Name), "hush-hush"u8.ToArray(), Ct);
        var work = Target.RunOneShotAsync(
            Work($"cat {Paths.Secrets}/ca; sleep 2") with
            {
                User = Account,
                Secrets = new Dictionary<string, string> { [Names.CaSecret(Cluster.Name)] = "ca" },
            },
            Ct);
        await UntilRunningAsync();

        var inspected = await InspectAsync(Names.OneShot(Primary));

        Assert.Equal("none", inspected.GetProperty("HostConfig").GetProperty("LogConfig").GetProperty("Type").GetString());
        Assert.DoesNotContain("hush-hush", inspected.GetRawText(), StringComparison.Ordinal);
        Assert.Equal("hush-hush", (await work).Output);
    }

    [Fact]
    public async Task A_container_of_another_owner_under_a_name_of_the_cluster_is_not_changed()
    {
        var name = Names.OneShot(Primary);
        var theirs = new NewContainer
        {
            Name = name, Image = Image, Command = ["-c", "sleep 600"], Labels = new Dictionary<string, string>(),
            NetworkMode = new NetworkMode("none"),
        };
        (await Api.PostAsync("containers/create", theirs, LibpodJson.Default.NewContainer, Ct)).OrThrow("create");
        try
        {
            var refusal = await Assert.ThrowsAsync<ForeignObjectException>(() => Target.RunOneShotAsync(Work("true"), Ct));

            Assert.Equal($"container {name} belongs to an owner other than cortex", refusal.What);
            Assert.Contains((await Target.ListAsync(Cluster, Ct)).Foreign, thing => thing.Name == name);
        }
        finally
        {
            await Api.DeleteAsync($"containers/{name}?force=true", CancellationToken.None);
        }
    }

    [Fact]
    public async Task The_volume_and_network_of_an_interrupted_one_shot_can_be_removed()
    {
        await Target.EnsureNetworkAsync(Cluster, Ct);
        await Target.EnsureVolumeAsync(Cluster, Primary, OwnVolume, Ct);
        var left = new NewContainer
        {
            Name = Names.OneShot(Primary),
            Image = Image,
            Command = ["-c", "sleep 600"],
            Labels = Labels.Of(Cluster),
            NetworkMode = new NetworkMode("bridge"),
            Networks = new Dictionary<string, NoOptions> { [Names.Network(Cluster.Name)] = new() },
            Volumes = [new MountedVolume(Names.Volume(Primary), Paths.Volume)],
        };
        (await Api.PostAsync("containers/create", left, LibpodJson.Default.NewContainer, Ct)).OrThrow("create");
        (await Api.PostAsync($"containers/{left.Name}/start", Ct)).OrThrow("start");

        await Target.DeleteVolumeAsync(Cluster, Primary, Ct);
        await Target.DeleteNetworkAsync(Cluster, Ct);

        var seen = await Target.ListAsync(Cluster, Ct);
        Assert.False(seen.NetworkExists);
        Assert.Empty(seen.Volumes);
    }

    [Fact]
    public async Task A_secret_whose_replacement_was_interrupted_is_listed_and_restored_by_the_next_read()
    {
        var name = Names.CaSecret(Cluster.Name);
        await Target.EnsureNetworkAsync(Cluster, Ct);
        await Api.PostAsync(
            $"secrets/create?name={name}.next", "key"u8.ToArray(), "application/octet-stream", TimeSpan.FromSeconds(10), Ct);
        Assert.Equal(name, Assert.Single((await Target.ListAsync(Cluster, Ct)).Secrets).Name);

        var read = await Target.ReadSecretsAsync(Cluster, Image, [name], Ct);

        Assert.Equal("key"u8.ToArray(), read[name]);
        Assert.True((await Api.GetAsync($"secrets/{name}.next/json", Ct)).Missing);
        Assert.True((await Api.GetAsync($"secrets/{name}/json", Ct)).Succeeded);
    }

    [Fact]
    public async Task A_pod_without_its_container_is_made_again()
    {
        await Target.EnsureNetworkAsync(Cluster, Ct);
        await Target.EnsureVolumeAsync(Cluster, Primary, OwnVolume, Ct);
        var half = JsonSerializer.SerializeToUtf8Bytes(new { name = Primary, labels = Labels.Of(Cluster, Primary) });
        (await Api.PostAsync("pods/create", half, "application/json", TimeSpan.FromSeconds(10), Ct)).OrThrow("create");
        Assert.Equal(PodState.Created, (await Target.ListAsync(Cluster, Ct)).Pod(Primary)!.State);

        await Target.StartPodAsync(Cluster, Pod(Server), Ct);

        Assert.Equal(PodState.Running, (await Target.ListAsync(Cluster, Ct)).Pod(Primary)!.State);
    }

    private Task<string> UntilRunningAsync() => Eventually.SeesAsync(
        "the one-shot runs",
        async () => (await Api.GetAsync($"containers/{Names.OneShot(Primary)}/json", Ct)) is { Succeeded: true } reply
            ? reply.Read(LibpodJson.Default.ContainerDetail).State.Status : "absent",
        status => status == "running");
}
