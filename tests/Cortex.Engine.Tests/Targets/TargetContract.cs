using System.Text;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Tests.Targets;

/// <summary>The differences between targets.</summary>
/// <param name="KeepsStopped">A stopped pod stays, with its exit code; otherwise it is removed, and the code may be lost.</param>
/// <param name="KillsAtOnce">A stop without grace kills at once; otherwise the server gets a signal first.</param>
/// <param name="StartsAtOnce">A started pod runs when the call returns; otherwise it may run later, or need another start.</param>
/// <param name="OwnNetwork">Every cluster has its own network.</param>
/// <param name="TellsImages">The target can tell whether an image exists without starting it.</param>
/// <param name="SharesNames">Clusters of the same name in two namespaces conflict.</param>
/// <param name="SecretMode">Mode, owner and group of a secret's file, so that no other account can read it.</param>
public sealed record TargetTraits(
    bool KeepsStopped, bool KillsAtOnce, bool StartsAtOnce, bool OwnNetwork, bool TellsImages, bool SharesNames, string SecretMode);

/// <summary>What every target promises. A subclass for each target provides it.</summary>
public abstract class TargetContract : BackupContract
{
    protected abstract TargetTraits Traits { get; }

    [Fact]
    public async Task A_cluster_that_was_never_made_is_empty()
    {
        var seen = await Target.ListAsync(Cluster, Ct);

        Assert.NotEqual(Traits.OwnNetwork, seen.NetworkExists);
        Assert.Empty(seen.Pods);
        Assert.Empty(seen.Volumes);
        Assert.Empty(seen.Secrets);
        Assert.Empty(seen.Foreign);
    }

    [Fact]
    public async Task An_image_is_found_by_its_reference_and_an_absent_one_is_not()
    {
        Assert.NotEmpty((await Target.FindImageAsync(Image, Ct))!);
        if (Traits.TellsImages)
        {
            Assert.Null(await Target.FindImageAsync("localhost/no-such-image:ever", Ct));
        }
        else
        {
            var refusal = await Assert.ThrowsAsync<TargetException>(
                () => Target.RunOneShotAsync(Work("true") with { Image = "localhost/no-such-image:ever" }, Ct));
            Assert.Contains("localhost/no-such-image:ever", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Making_everything_twice_makes_it_once_and_removing_it_twice_removes_it()
    {
        for (var round = 0; round < 2; round++)
        {
            await StartAsync(Server);
        }

        var seen = await Target.ListAsync(Cluster, Ct);
        Assert.True(seen.NetworkExists);
        Assert.Equal(PodState.Running, Assert.Single(seen.Pods).State);
        Assert.Equal(Image, seen.Pods[0].Image);
        Assert.Equal(new VolumeSeen(Names.Volume(Primary), Primary), Assert.Single(seen.Volumes) with { Size = null });

        for (var round = 0; round < 2; round++)
        {
            await Target.DeletePodAsync(Cluster, Primary, Ct);
            await Target.DeleteVolumeAsync(Cluster, Primary, Ct);
            await Target.DeleteNetworkAsync(Cluster, Ct);
        }

        var left = await Target.ListAsync(Cluster, Ct);
        Assert.NotEqual(Traits.OwnNetwork, left.NetworkExists);
        Assert.Empty(left.Pods);
        Assert.Empty(left.Volumes);
    }

    [Fact]
    public async Task A_killed_pod_stays_stopped_and_its_exit_code_is_reported()
    {
        await StartListeningAsync(Traits.KillsAtOnce ? Server : IgnoresSignals);

        AssertEnded(137, await Target.StopPodAsync(Cluster, Primary, TimeSpan.Zero, Ct));

        var seen = (await Target.ListAsync(Cluster, Ct)).Pod(Primary);
        if (Traits.KeepsStopped)
        {
            Assert.Equal((PodState.Exited, 137), (seen!.State, seen.ExitCode));
            AssertEnded(137, await Target.StopPodAsync(Cluster, Primary, TimeSpan.Zero, Ct));
        }
        else
        {
            Assert.Null(seen);
            Assert.Null(await Target.StopPodAsync(Cluster, Primary, TimeSpan.Zero, Ct));
        }
    }

    [Fact]
    public async Task A_stop_with_grace_sends_SIGINT_for_a_fast_shutdown()
    {
        await StartListeningAsync(Server);

        AssertEnded(3, await Target.StopPodAsync(Cluster, Primary, TimeSpan.FromSeconds(10), Ct));
    }

    [Fact]
    public async Task A_pod_that_ignores_SIGINT_is_killed_when_the_grace_period_is_over()
    {
        await StartListeningAsync(IgnoresSignals);

        AssertEnded(137, await Target.StopPodAsync(Cluster, Primary, TimeSpan.FromSeconds(1), Ct));
    }

    [Fact]
    public async Task The_control_file_of_a_running_or_stopped_instance_is_read_and_a_missing_one_is_null()
    {
        Assert.Null(await Target.ReadControlAsync(Cluster, Image, Primary, Ct));
        await StartAsOwnerAsync($"mkdir -p {Paths.Data}/global && printf control >{Paths.Volume}/{Paths.ControlFile}; {Server}");
        await Eventually.HoldsAsync(
            "the control file is there", async () => await Target.ReadControlAsync(Cluster, Image, Primary, Ct) is { Length: 7 });

        await Target.StopPodAsync(Cluster, Primary, TimeSpan.Zero, Ct);
        Assert.Equal("control"u8.ToArray(), await Target.ReadControlAsync(Cluster, Image, Primary, Ct));
    }

    [Fact]
    public async Task Stopping_a_missing_pod_is_not_an_error_and_returns_no_exit_code() =>
        Assert.Null(await Target.StopPodAsync(Cluster, Primary, TimeSpan.Zero, Ct));

    [Fact]
    public async Task A_stopped_pod_starts_again_at_once()
    {
        await StartAsync(Server);
        for (var round = 0; round < 3; round++)
        {
            await Target.StopPodAsync(Cluster, Primary, TimeSpan.Zero, Ct);
            await Target.StartPodAsync(Cluster, Pod(Server), Ct);

            if (!Traits.StartsAtOnce)
            {
                await StartUntilItRunsAsync();
            }

            Assert.Equal(PodState.Running, (await Target.ListAsync(Cluster, Ct)).Pod(Primary)!.State);
        }
    }

    [Fact]
    public async Task A_one_shot_works_on_the_volume_as_the_user_it_is_given_and_reports_both_streams()
    {
        await Target.EnsureVolumeAsync(Cluster, Primary, OwnVolume, Ct);
        var task = Work("""echo "$0 $1"; id -u; id -g; echo kept >"$2/file"; echo bad >&2; exit 7""") with
        {
            Arguments = ["a b'c $$ $(HOME) $HOME", Paths.Volume],
            User = Account,
            Instance = Primary,
        };

        var result = await Target.RunOneShotAsync(task, Ct);

        Assert.Equal(7, result.ExitCode);
        Assert.Equal(
            ["4711", "4712", "bad", $"{task.Name} a b'c $$ $(HOME) $HOME"], result.Output.Trim().Split('\n').Order(StringComparer.Ordinal));
        var again = await Target.RunOneShotAsync(task with { Script = $"cat {Paths.Volume}/file" }, Ct);
        Assert.Equal(new OneShotResult(0, "kept\n"), again);
    }

    [Fact]
    public async Task A_one_shot_gets_its_secrets_as_files_that_only_its_user_reads()
    {
        await Target.StoreSecretAsync(Cluster, Names.SuperuserSecret(Cluster.Name), "hush"u8.ToArray(), Ct);
        var task = Work($"cd {Paths.Secrets} && stat -L -c '%a %u %g' pw && cat pw") with
        {
            User = Account,
            Secrets = new Dictionary<string, string> { [Names.SuperuserSecret(Cluster.Name)] = "pw" },
        };

        Assert.Equal(new OneShotResult(0, $"{Traits.SecretMode}\nhush"), await Target.RunOneShotAsync(task, Ct));
    }

    [Fact]
    public async Task A_one_shot_can_write_to_its_volume_and_to_tmp_and_nowhere_else()
    {
        await Target.EnsureVolumeAsync(Cluster, Primary, OwnVolume, Ct);
        var task = Work("touch /tmp/a /dev/shm/a \"$1/a\"; touch /etc/a || echo refused") with
        {
            Arguments = [Paths.Volume],
            User = Account,
            Instance = Primary,
        };

        var result = await Target.RunOneShotAsync(task, Ct);

        var lines = result.Output.Trim().Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.Contains("refused", lines);
        Assert.Contains(
            lines,
            line => line.Contains("/etc/a", StringComparison.Ordinal) && line.Contains("Read-only file system", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_one_shot_that_takes_too_long_is_killed()
    {
        var result = await Target.RunOneShotAsync(Work("echo begun; sleep 600") with { Timeout = TimeSpan.FromSeconds(1) }, Ct);

        Assert.Equal(new OneShotResult(137, "begun\n"), result);
    }

    [Fact]
    public async Task Only_the_end_of_a_long_output_is_kept()
    {
        var result = await Target.RunOneShotAsync(Work("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done"), Ct);

        Assert.Equal(64 * 1024, Encoding.UTF8.GetByteCount(result.Output));
        Assert.EndsWith("line 19999\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_come_back_byte_for_byte_and_their_id_changes_with_their_content()
    {
        var bytes = Enumerable.Range(0, 100_000).Select(n => (byte)(n * 7)).ToArray();
        var (ca, app) = (Names.CaSecret(Cluster.Name), Names.ApplicationSecret(Cluster.Name));
        await Target.StoreSecretAsync(Cluster, ca, "old"u8.ToArray(), Ct);
        var before = Assert.Single((await Target.ListAsync(Cluster, Ct)).Secrets);
        await Target.StoreSecretAsync(Cluster, ca, bytes, Ct);
        await Target.StoreSecretAsync(Cluster, app, "name 3\nabc"u8.ToArray(), Ct);

        var read = await Target.ReadSecretsAsync(Cluster, Image, [ca, app, Names.SuperuserSecret(Cluster.Name)], Ct);

        Assert.Equal(new HashSet<string> { ca, app }, read.Keys.ToHashSet());
        Assert.Equal(bytes, read[ca]);
        Assert.Equal("name 3\nabc"u8.ToArray(), read[app]);
        var after = (await Target.ListAsync(Cluster, Ct)).Secrets.Single(secret => secret.Name == ca);
        Assert.NotEqual(before.Id, after.Id);
        await Target.DeleteSecretAsync(Cluster, ca, Ct);
        await Target.DeleteSecretAsync(Cluster, ca, Ct);
        Assert.Equal([app], (await Target.ListAsync(Cluster, Ct)).Secrets.Select(secret => secret.Name));
    }

    [Fact]
    public async Task Reading_a_missing_secret_returns_nothing() =>
        Assert.Empty(await Target.ReadSecretsAsync(Cluster, Image, [Names.CaSecret(Cluster.Name)], Ct));

    [Fact]
    public async Task Objects_of_another_cluster_are_listed_as_foreign_and_never_changed()
    {
        Assert.SkipUnless(Traits.SharesNames, "on this target a namespace has its names to itself");
        var other = Cluster with { Namespace = "elsewhere" };
        await StartAsync(Server);
        await Target.EnsureVolumeAsync(Cluster, Primary, OwnVolume, Ct);

        var seen = await Target.ListAsync(other, Ct);

        Assert.Empty(seen.Pods);
        Assert.Empty(seen.Volumes);
        Assert.False(seen.NetworkExists);
        Assert.Equal(["network", "pod", "volume"], seen.Foreign.Select(thing => thing.Kind).Order(StringComparer.Ordinal));
        Assert.All(seen.Foreign, thing => Assert.Contains(Cluster.ToString(), thing.Owner, StringComparison.Ordinal));
        await Assert.ThrowsAsync<ForeignObjectException>(() => Target.StopPodAsync(other, Primary, TimeSpan.Zero, Ct));
        await Assert.ThrowsAsync<ForeignObjectException>(() => Target.DeletePodAsync(other, Primary, Ct));
        await Assert.ThrowsAsync<ForeignObjectException>(() => Target.StartPodAsync(other, Pod(Server), Ct));
        await Assert.ThrowsAsync<ForeignObjectException>(() => Target.EnsureVolumeAsync(other, Primary, OwnVolume, Ct));
        await Assert.ThrowsAsync<ForeignObjectException>(() => Target.DeleteVolumeAsync(other, Primary, Ct));
        await Assert.ThrowsAsync<ForeignObjectException>(() => Target.EnsureNetworkAsync(other, Ct));
        await Assert.ThrowsAsync<ForeignObjectException>(() => Target.DeleteNetworkAsync(other, Ct));
        Assert.Equal(PodState.Running, (await Target.ListAsync(Cluster, Ct)).Pod(Primary)!.State);
    }

    private Task StartUntilItRunsAsync() => Eventually.HoldsAsync("the pod runs", async () =>
    {
        if ((await Target.ListAsync(Cluster, Ct)).Pod(Primary)!.State is PodState.Running)
        {
            return true;
        }

        await Target.StartPodAsync(Cluster, Pod(Server), Ct);
        return false;
    });

    /// <summary>Checks the exit code, where the target reports it.</summary>
    private void AssertEnded(int code, PodEnd? end)
    {
        Assert.NotNull(end);
        if (Traits.KeepsStopped || end.ExitCode is not null)
        {
            Assert.Equal(code, end.ExitCode);
        }
    }
}
