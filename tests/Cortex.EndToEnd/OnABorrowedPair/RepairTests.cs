using System.Diagnostics;
using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.EndToEnd.Harness;
using Cortex.Engine.Targets.Podman;

namespace Cortex.EndToEnd.OnABorrowedPair;

/// <summary>Damage and edits are repaired, without a restart where none is needed.</summary>
public sealed class RepairTests(SharedClusters shared) : BorrowedPair(shared)
{
    private const string Started = "select pg_postmaster_start_time()";

    [Theory, InlineData("s1"), InlineData("pr"), Trait("Story", "EveryTarget")]
    public async Task A_removed_pod_is_recreated_with_its_data_and_its_role(string which)
    {
        var instance = $"{Cluster.Name}-{which}";
        await Psql.TextAsync(Access.Dsn, "create table if not exists survived (number int); insert into survived values (1)");
        var before = await Cluster.Target.PodIdAsync(instance);
        await Cluster.Target.RemovePodAsync(instance);
        await Eventually.HoldsAsync(
            "there is a new pod",
            async () => await Cluster.Target.PodIdAsync(instance) is { Length: > 0 } now && now != before,
            Cluster.DescribeAsync);
        await StreamingAsync();
        Assert.Equal(Cluster.Primary, (await Cluster.StatusAsync()).Primary);
        Assert.NotEqual("0", await Psql.TextAsync(Access.Dsn, "select count(*) from survived"));
    }

    [Fact]
    public async Task A_dropped_database_is_reported_and_not_created_again()
    {
        var superuser = Access.DsnOf(Cluster.Primary, "user=postgres dbname=postgres");
        await Cluster.UntilAsync("the database is remembered", now => now.Status?.Database == "app");
        await Psql.TextAsync(superuser, "drop database app with (force)");

        await Cluster.NotReadyAsync(Reasons.DatabaseMissing, "CREATE DATABASE app OWNER app");
        Assert.Equal("0", await Psql.TextAsync(superuser, "select count(*) from pg_database where datname = 'app'"));

        await Psql.TextAsync(superuser, "create database app owner app");
        await Cluster.ReadyAsync();
    }

    /// <summary>
    /// The owner of a standby's container can put any file into its volume. That may cost this standby, but must not block the operator.
    /// </summary>
    [Theory, InlineData("mkfifo"), InlineData("ln -s /dev/zero")]
    public async Task An_unreadable_control_file_does_not_block_the_operator(string command)
    {
        const string File = "pgdata/global/pg_control";
        await InVolumeAsync($"cp -p {File} saved && rm {File} && {command} {File}");
        try
        {
            await Cluster.Target.KillServerAsync(Cluster.Standby);
            await Cluster.UntilAsync("the standby is missing", now => now.Status?.Ready == "1/2");
            await Cluster.PatchAsync("""{"spec":{"postgres":{"parameters":{"work_mem":"5MB"}}}}""");
            await Cluster.UntilAsync("the edit is observed", now => now.Status?.ObservedGeneration == now.Metadata.Generation);
        }
        finally
        {
            await InVolumeAsync($"rm {File} && mv saved {File}");
        }

        // A process that waits for the FIFO would wait for ever; an ended container is started again.
        await Podman.RunAsync("kill", $"{Cluster.Standby}-postgres");
        await StreamingAsync();
    }

    /// <summary>Uses a separate container, because the standby's container may be between two starts.</summary>
    private async Task InVolumeAsync(string command) => await Podman.TextAsync(
        "run", "--rm", "--network", "none", "--entrypoint", "sh", "--volume", $"{Names.Volume(Cluster.Standby)}:/var/lib/cortex",
        ClusterSpec.DefaultImage, "-c", $"cd /var/lib/cortex && {command}");

    /// <summary>A base backup of a large database takes hours; in this test it is paused.</summary>
    [Fact]
    public async Task A_primary_that_is_stopped_during_a_base_backup_is_started_again()
    {
        var copy = Names.OneShot($"{Cluster.Name}-s2");
        await Cluster.PatchAsync("""{"spec":{"instances":3}}""");
        await Eventually.HoldsAsync(
            "the base backup is paused", async () => (await Podman.RunAsync("pause", copy)).Succeeded, Cluster.DescribeAsync);
        await Podman.TextAsync("stop", "-t", "5", $"{Cluster.Primary}-postgres");
        await Eventually.HoldsAsync(
            "the primary answers again", async () => (await Psql.RunAsync(Access.Dsn, "select 1")).Succeeded, Cluster.DescribeAsync);

        // The base backup may have lost its connection; then another one is started.
        await Podman.TextAsync("unpause", copy);
        await Cluster.ReadyAsync();
        await Cluster.PatchAsync("""{"spec":{"instances":2}}""");
        await Cluster.ReadyAsync();
    }

    [Fact]
    public async Task A_stopped_primary_is_started_in_place()
    {
        var before = await Podman.TextAsync("inspect", "--format", "{{.Id}}", $"{Cluster.Primary}-postgres");
        await Podman.TextAsync("stop", "-t", "5", $"{Cluster.Primary}-postgres");
        await Eventually.HoldsAsync(
            "it answers again", async () => (await Psql.RunAsync(Access.Dsn, "select 1")).Succeeded, Cluster.DescribeAsync);
        Assert.Equal(before, await Podman.TextAsync("inspect", "--format", "{{.Id}}", $"{Cluster.Primary}-postgres"));
        Assert.Equal(Cluster.Primary, (await Cluster.StatusAsync()).Primary);
        await StreamingAsync();
    }

    [Fact, Trait("Story", "EveryPodman"), Trait("Story", "EveryTarget")]
    public async Task A_killed_server_restarts_in_its_container_and_its_old_processes_are_gone()
    {
        var container = await ContainerAsync();
        // A backend that is in a loop does not notice that its server has died.
        var busy = Psql.RunAsync(Access.DsnOf(Cluster.Primary), "do 'begin loop end loop; end'");
        const string busyBackend = "select max(pid) from pg_stat_activity where state = 'active' and query like 'do %'";
        var backend = "";
        await Eventually.HoldsAsync(
            "it is busy",
            async () => (backend = await Psql.TextAsync(Access.Dsn, busyBackend)).Length > 0,
            Cluster.DescribeAsync);
        await Cluster.Target.KillServerAsync(Cluster.Primary);

        await Eventually.HoldsAsync(
            "it accepts writes",
            async () => (await Psql.RunAsync(Access.Dsn, "create temporary table t ()")).Succeeded,
            Cluster.DescribeAsync);
        Assert.False((await busy).Succeeded);
        Assert.False(
            (await Cluster.Target.ExecAsync(Cluster.Primary, "test", "-e", $"/proc/{backend}")).Succeeded, "the backend still runs");
        Assert.Equal(container, await ContainerAsync());
        await StreamingAsync();

        // The start time of the container's first process, in clock ticks.
        async Task<string> ContainerAsync() =>
            (await Cluster.Target.ExecAsync(Cluster.Primary, "cut", "-d", " ", "-f", "22", "/proc/1/stat")).Text();
    }

    /// <summary>
    /// Process ids start again in the next container, in which the program beside the server gets the same process id as in this container.
    /// </summary>
    [Fact]
    public async Task A_stale_lock_file_does_not_prevent_the_start_of_a_server()
    {
        const string lockOfOtherProcess = """
            for stat in /proc/[0-9]*/stat; do
                read -r number name _ parent _ <"$stat" 2>/dev/null || continue
                if [ "$name" = '(sh)' ] && [ "$parent" = 1 ]; then other=$number; fi
            done
            cd /var/lib/cortex && sed -i "1s/.*/${other:?}/" pgdata/postmaster.pid run/.s.PGSQL.5432.lock && echo "$other"
            """;
        var other = (await Cluster.Target.ExecAsync(Cluster.Primary, "sh", "-c", lockOfOtherProcess)).Text();
        await Cluster.Target.CrashAsync(Cluster.Primary);

        await Eventually.HoldsAsync(
            "it accepts writes",
            async () => (await Psql.RunAsync(Access.Dsn, "create temporary table t ()")).Succeeded,
            Cluster.DescribeAsync);
        var log = await Podman.RunAsync("logs", $"{Cluster.Primary}-postgres");
        Assert.DoesNotContain($"(PID {other.Trim()})", log.Said, StringComparison.Ordinal);
        await StreamingAsync();
    }

    [Fact, Trait("Story", "EveryTarget")]
    public async Task Settings_and_access_rules_of_the_spec_are_loaded_without_a_restart()
    {
        var before = await Psql.TextAsync(Access.Dsn, Started);
        await Cluster.PatchAsync(
            """{"spec":{"postgres":{"parameters":{"work_mem":"5MB"},"hba":["hostssl app other 10.0.0.0/8 scram-sha-256"]}}}""");
        foreach (var instance in new[] { Cluster.Primary, Cluster.Standby })
        {
            await Eventually.HoldsAsync(
                $"{instance} has loaded the setting",
                async () => (await Psql.RunAsync(Access.DsnOf(instance), "show work_mem")).Output.Trim() == "5MB",
                Cluster.DescribeAsync);
            var rules = await Psql.TextAsync(
                Access.DsnOf(instance, "user=postgres dbname=postgres"),
                "select count(*) from pg_hba_file_rules where user_name = '{other}' and error is null");
            Assert.Equal("1", rules);
        }

        await Cluster.ReadyAsync();
        Assert.Equal(before, await Psql.TextAsync(Access.Dsn, Started));
    }

    [Fact]
    public async Task A_certificate_whose_secret_was_removed_is_issued_again_and_loaded()
    {
        var (before, serial) = (await Psql.TextAsync(Access.Dsn, Started), await ServerCertificate.SerialAsync(Cluster));
        await Podman.TextAsync("secret", "rm", $"{Cluster.Primary}-server-tls");
        await Eventually.HoldsAsync(
            "the server presents another certificate",
            async () => await ServerCertificate.SerialAsync(Cluster) != serial,
            Cluster.DescribeAsync);
        Assert.Equal(before, await Psql.TextAsync(Access.Dsn, Started));
    }

    [Fact, Trait("Story", "EveryTarget")]
    public async Task Scaling_up_and_down_keeps_the_primary_and_leaves_no_pod()
    {
        var third = $"{Cluster.Name}-s2";
        await Cluster.PatchAsync("""{"spec":{"instances":3}}""");
        var status = await Cluster.ReadyAsync();
        Assert.Equal([$"{Cluster.Name}-pr", $"{Cluster.Name}-s1", third], status.Instances.Select(instance => instance.Name));
        Assert.All(
            status.Instances.Where(instance => instance.Name != Cluster.Primary),
            instance => Assert.Equal(InstanceStates.Streaming, instance.State));

        await Cluster.PatchAsync("""{"spec":{"instances":2}}""");
        await Cluster.ReadyAsync();
        Assert.DoesNotContain(third, await Cluster.Target.NamesAsync("pod", Cluster.Name));
        Assert.Equal("f", await Psql.TextAsync(Access.Dsn, "select pg_is_in_recovery()"));
    }

    [Fact]
    public async Task Removed_pods_and_networks_are_recreated_with_the_data()
    {
        await Psql.TextAsync(Access.Dsn, "create table if not exists survived (number int); insert into survived values (1)");
        Operator.Kill();
        await Operator.WaitForExitAsync();
        await Podman.TextAsync("pod", "rm", "-f", "-t", "5", Cluster.Standby, Cluster.Primary);
        await Podman.TextAsync("network", "rm", $"{Cluster.Name}-net");
        await Operator.StartAgainAsync();
        await Eventually.HoldsAsync(
            "it answers again", async () => (await Psql.RunAsync(Access.Dsn, "select 1")).Succeeded, Cluster.DescribeAsync);
        await StreamingAsync();
        Assert.NotEqual("0", await Psql.TextAsync(Access.Dsn, "select count(*) from survived"));
    }

    /// <summary>Runs alone, because the operators of other tests use the same service.</summary>
    [Fact(DisableParallelization = true)]
    public async Task The_operator_continues_after_Podmans_service_is_killed()
    {
        var file = Path.Combine(PodmanOptions.FromEnvironment().StateDirectory, "podman.pid");
        Assert.SkipUnless(File.Exists(file), "the operator uses a Podman service that is not its own");
        var pid = int.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);
        using (var service = Process.GetProcessById(pid))
        {
            service.Kill();
        }

        await A_removed_pod_is_recreated_with_its_data_and_its_role("s1");
    }

    private Task StreamingAsync() => Eventually.HoldsAsync(
        $"{Cluster.Standby} streams",
        async () =>
            (await Psql.RunAsync(
                Access.DsnOf(Cluster.Primary, "user=postgres dbname=postgres"),
                "select state from pg_stat_replication")).Output.Trim() == "streaming"
            && Cluster.Is(await Cluster.StatusAsync(), ConditionTypes.Ready, "True"),
        Cluster.DescribeAsync);
}
