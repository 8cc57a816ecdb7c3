using System.Diagnostics;
using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.EndToEnd.Harness;
using Cortex.Engine.Targets.Podman;

namespace Cortex.EndToEnd.OnABorrowedPair;

/// <summary>What breaks or is edited is made good, without a restart where none is needed.</summary>
public sealed class HealingTests(Stage stage) : BorrowedPair(stage)
{
    private const string Started = "select pg_postmaster_start_time()";

    [Theory, InlineData("s1"), InlineData("pr"), Trait("Story", "EveryTarget")]
    public async Task A_pod_that_is_removed_comes_back_with_its_data_and_its_role(string which)
    {
        var instance = $"{Cluster.Name}-{which}";
        await Psql.TextAsync(Access.Dsn, "create table if not exists survived (number int); insert into survived values (1)");
        var before = await Cluster.Place.PodIdAsync(instance);
        await Cluster.Place.RemovePodAsync(instance);
        await Eventually.HoldsAsync(
            "there is a new pod",
            async () => await Cluster.Place.PodIdAsync(instance) is { Length: > 0 } now && now != before,
            Cluster.StoryAsync);
        await StreamingAsync();
        Assert.Equal(Cluster.Primary, (await Cluster.StatusAsync()).Primary);
        Assert.NotEqual("0", await Psql.TextAsync(Access.Dsn, "select count(*) from survived"));
    }

    [Fact]
    public async Task A_database_that_its_owner_dropped_is_reported_and_not_made_again()
    {
        var superuser = Access.DsnOf(Cluster.Primary, "user=postgres dbname=postgres");
        await Cluster.UntilAsync("the database is remembered", now => now.Status?.Database == "app");
        await Psql.TextAsync(superuser, "drop database app with (force)");

        await Cluster.NotReadyAsync(Reasons.DatabaseMissing, "CREATE DATABASE app OWNER app");
        Assert.Equal("0", await Psql.TextAsync(superuser, "select count(*) from pg_database where datname = 'app'"));

        await Psql.TextAsync(superuser, "create database app owner app");
        await Cluster.ReadyAsync();
    }

    /// <summary>Whoever owns a standby's container decides what lies in its volume: it costs that standby, and nobody waits.</summary>
    [Theory, InlineData("mkfifo"), InlineData("ln -s /dev/zero")]
    public async Task A_control_file_that_is_none_holds_up_nobody(string made)
    {
        const string File = "pgdata/global/pg_control";
        await InVolumeAsync($"cp -p {File} saved && rm {File} && {made} {File}");
        try
        {
            await Cluster.Place.KillServerAsync(Cluster.Standby);
            await Cluster.UntilAsync("the standby is missed", now => now.Status?.Ready == "1/2");
            await Cluster.PatchAsync("""{"spec":{"postgres":{"parameters":{"work_mem":"5MB"}}}}""");
            await Cluster.UntilAsync("the edit is observed", now => now.Status?.ObservedGeneration == now.Metadata.Generation);
        }
        finally
        {
            await InVolumeAsync($"rm {File} && mv saved {File}");
        }

        // What waits for the FIFO would wait for ever; what ended is started all the same.
        await Podman.RunAsync("kill", $"{Cluster.Standby}-postgres");
        await StreamingAsync();
    }

    /// <summary>From a container of its own: the standby's may be between two starts.</summary>
    private async Task InVolumeAsync(string command) => await Podman.TextAsync(
        "run", "--rm", "--network", "none", "--entrypoint", "sh", "--volume", $"{Names.Volume(Cluster.Standby)}:/var/lib/cortex", ClusterSpec.DefaultImage, "-c", $"cd /var/lib/cortex && {command}");

    /// <summary>The copy of a large database takes hours; here it stands still.</summary>
    [Fact]
    public async Task A_primary_that_is_stopped_while_a_standby_is_copied_is_started_again()
    {
        var copy = Names.OneShot($"{Cluster.Name}-s2");
        await Cluster.PatchAsync("""{"spec":{"instances":3}}""");
        await Eventually.HoldsAsync("the copy stands still", async () => (await Podman.RunAsync("pause", copy)).Succeeded, Cluster.StoryAsync);
        await Podman.TextAsync("stop", "-t", "5", $"{Cluster.Primary}-postgres");
        await Eventually.HoldsAsync("the primary answers again", async () => (await Psql.RunAsync(Access.Dsn, "select 1")).Succeeded, Cluster.StoryAsync);

        // The copy may have lost its connection; then another one is made.
        await Podman.TextAsync("unpause", copy);
        await Cluster.ReadyAsync();
        await Cluster.PatchAsync("""{"spec":{"instances":2}}""");
        await Cluster.ReadyAsync();
    }

    [Fact]
    public async Task A_primary_that_was_stopped_is_started_in_place()
    {
        var before = await Podman.TextAsync("inspect", "--format", "{{.Id}}", $"{Cluster.Primary}-postgres");
        await Podman.TextAsync("stop", "-t", "5", $"{Cluster.Primary}-postgres");
        await Eventually.HoldsAsync("it answers again", async () => (await Psql.RunAsync(Access.Dsn, "select 1")).Succeeded, Cluster.StoryAsync);
        Assert.Equal(before, await Podman.TextAsync("inspect", "--format", "{{.Id}}", $"{Cluster.Primary}-postgres"));
        Assert.Equal(Cluster.Primary, (await Cluster.StatusAsync()).Primary);
        await StreamingAsync();
    }

    [Fact, Trait("Story", "EveryPodman"), Trait("Story", "EveryTarget")]
    public async Task A_server_that_was_killed_comes_back_in_its_container_and_nothing_is_left_of_the_old_one()
    {
        var container = await ContainerAsync();
        // A backend that never looks up from its work does not see its server die.
        var busy = Psql.RunAsync(Access.DsnOf(Cluster.Primary), "do 'begin loop end loop; end'");
        var backend = "";
        await Eventually.HoldsAsync(
            "it is busy",
            async () => (backend = await Psql.TextAsync(Access.Dsn, "select max(pid) from pg_stat_activity where state = 'active' and query like 'do %'")).Length > 0,
            Cluster.StoryAsync);
        await Cluster.Place.KillServerAsync(Cluster.Primary);

        await Eventually.HoldsAsync("it takes writes", async () => (await Psql.RunAsync(Access.Dsn, "create temporary table t ()")).Succeeded, Cluster.StoryAsync);
        Assert.False((await busy).Succeeded);
        Assert.False((await Cluster.Place.ExecAsync(Cluster.Primary, "test", "-e", $"/proc/{backend}")).Succeeded, "the backend lives on");
        Assert.Equal(container, await ContainerAsync());
        await StreamingAsync();

        // When its first process began, in ticks of the machine.
        async Task<string> ContainerAsync() => (await Cluster.Place.ExecAsync(Cluster.Primary, "cut", "-d", " ", "-f", "22", "/proc/1/stat")).Text();
    }

    /// <summary>Numbers of processes begin anew in the next container, where the program beside the server gets the number that it has in this one.</summary>
    [Fact]
    public async Task A_lock_with_the_number_of_another_process_keeps_no_server_down()
    {
        const string lockForTheOther = """
            for stat in /proc/[0-9]*/stat; do
                read -r number name _ parent _ <"$stat" 2>/dev/null || continue
                if [ "$name" = '(sh)' ] && [ "$parent" = 1 ]; then other=$number; fi
            done
            cd /var/lib/cortex && sed -i "1s/.*/${other:?}/" pgdata/postmaster.pid run/.s.PGSQL.5432.lock && echo "$other"
            """;
        var other = (await Cluster.Place.ExecAsync(Cluster.Primary, "sh", "-c", lockForTheOther)).Text();
        await Cluster.Place.CrashAsync(Cluster.Primary);

        await Eventually.HoldsAsync("it takes writes", async () => (await Psql.RunAsync(Access.Dsn, "create temporary table t ()")).Succeeded, Cluster.StoryAsync);
        var log = await Podman.RunAsync("logs", $"{Cluster.Primary}-postgres");
        Assert.DoesNotContain($"(PID {other.Trim()})", log.Said, StringComparison.Ordinal);
        await StreamingAsync();
    }

    [Fact, Trait("Story", "EveryTarget")]
    public async Task Settings_and_access_rules_of_the_spec_are_loaded_without_a_restart()
    {
        var before = await Psql.TextAsync(Access.Dsn, Started);
        await Cluster.PatchAsync("""{"spec":{"postgres":{"parameters":{"work_mem":"5MB"},"hba":["hostssl app nobody 10.0.0.0/8 scram-sha-256"]}}}""");
        foreach (var instance in new[] { Cluster.Primary, Cluster.Standby })
        {
            await Eventually.HoldsAsync(
                $"{instance} has loaded it", async () => (await Psql.RunAsync(Access.DsnOf(instance), "show work_mem")).Output.Trim() == "5MB", Cluster.StoryAsync);
            var rules = await Psql.TextAsync(
                Access.DsnOf(instance, "user=postgres dbname=postgres"), "select count(*) from pg_hba_file_rules where user_name = '{nobody}' and error is null");
            Assert.Equal("1", rules);
        }

        await Cluster.ReadyAsync();
        Assert.Equal(before, await Psql.TextAsync(Access.Dsn, Started));
    }

    [Fact]
    public async Task A_certificate_whose_secret_is_gone_is_issued_and_loaded_anew()
    {
        var (before, serial) = (await Psql.TextAsync(Access.Dsn, Started), await ServerCertificate.SerialAsync(Cluster));
        await Podman.TextAsync("secret", "rm", $"{Cluster.Primary}-server-tls");
        await Eventually.HoldsAsync("the server shows another certificate", async () => await ServerCertificate.SerialAsync(Cluster) != serial, Cluster.StoryAsync);
        Assert.Equal(before, await Psql.TextAsync(Access.Dsn, Started));
    }

    [Fact, Trait("Story", "EveryTarget")]
    public async Task Scaling_up_and_down_again_keeps_the_primary_and_leaves_no_pod()
    {
        var third = $"{Cluster.Name}-s2";
        await Cluster.PatchAsync("""{"spec":{"instances":3}}""");
        var status = await Cluster.ReadyAsync();
        Assert.Equal([$"{Cluster.Name}-pr", $"{Cluster.Name}-s1", third], status.Instances.Select(one => one.Name));
        Assert.All(status.Instances.Where(one => one.Name != Cluster.Primary), one => Assert.Equal(InstanceStates.Streaming, one.State));

        await Cluster.PatchAsync("""{"spec":{"instances":2}}""");
        await Cluster.ReadyAsync();
        Assert.DoesNotContain(third, await Cluster.Place.NamesAsync("pod", Cluster.Name));
        Assert.Equal("f", await Psql.TextAsync(Access.Dsn, "select pg_is_in_recovery()"));
    }

    [Fact]
    public async Task With_pods_and_network_gone_the_data_come_back()
    {
        await Psql.TextAsync(Access.Dsn, "create table if not exists survived (number int); insert into survived values (1)");
        Operator.Kill();
        await Operator.GoneAsync();
        await Podman.TextAsync("pod", "rm", "-f", "-t", "5", Cluster.Standby, Cluster.Primary);
        await Podman.TextAsync("network", "rm", $"{Cluster.Name}-net");
        await Operator.StartAgainAsync();
        await Eventually.HoldsAsync("it answers again", async () => (await Psql.RunAsync(Access.Dsn, "select 1")).Succeeded, Cluster.StoryAsync);
        await StreamingAsync();
        Assert.NotEqual("0", await Psql.TextAsync(Access.Dsn, "select count(*) from survived"));
    }

    /// <summary>Alone, because the operators of other tests use the same service.</summary>
    [Fact(DisableParallelization = true)]
    public async Task When_Podmans_service_is_killed_the_operator_carries_on()
    {
        var file = Path.Combine(PodmanOptions.FromEnvironment().StateDirectory, "podman.pid");
        Assert.SkipUnless(File.Exists(file), "the operator uses a Podman service that is not its own");
        using (var service = Process.GetProcessById(int.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), CultureInfo.InvariantCulture)))
        {
            service.Kill();
        }

        await A_pod_that_is_removed_comes_back_with_its_data_and_its_role("s1");
    }

    private Task StreamingAsync() => Eventually.HoldsAsync(
        $"{Cluster.Standby} streams",
        async () => (await Psql.RunAsync(Access.DsnOf(Cluster.Primary, "user=postgres dbname=postgres"), "select state from pg_stat_replication")).Output.Trim() == "streaming"
            && Cluster.Is(await Cluster.StatusAsync(), ConditionTypes.Ready, "True"),
        Cluster.StoryAsync);
}
