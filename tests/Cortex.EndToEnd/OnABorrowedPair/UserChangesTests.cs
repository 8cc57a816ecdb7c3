using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnABorrowedPair;

/// <summary>What users set and create inside of their database, and its effects on the cluster.</summary>
public sealed class UserChangesTests(SharedClusters shared) : BorrowedPair(shared)
{
    private const string Space = "/var/lib/cortex/space";

    private string Superuser => Access.DsnOf(Cluster.Primary, "user=postgres dbname=postgres");

    /// <summary>No client could work with these settings; the operator makes a switchover, and reverts them.</summary>
    [Fact, Trait("Story", "EveryTargetInDeep")]
    public async Task Settings_that_end_every_session_do_not_affect_the_operators_sessions()
    {
        await Cluster.PatchAsync(
            """
            {"spec":{"postgres":{"parameters":{"statement_timeout":"1ms","lock_timeout":"1ms",
             "idle_session_timeout":"1ms","idle_in_transaction_session_timeout":"1ms",
             "default_transaction_isolation":"serializable","client_min_messages":"debug5","log_statement":"all"}}}}
            """);
        await Cluster.ReadyAsync();
        await Cluster.PromoteAsync(Cluster.Standby);
        await Cluster.PromotedAsync(Cluster.Standby);
        await Cluster.SteadyAsync();

        await Cluster.PatchAsync("""{"spec":{"postgres":null}}""");
        await Cluster.ReadyAsync();
        Assert.Equal("0", await Psql.TextAsync(Access.Dsn, "show statement_timeout"));
    }

    [Fact]
    public async Task The_owner_of_the_database_follows_the_spec()
    {
        await Cluster.PatchAsync("""{"spec":{"database":{"owner":"keeper"}}}""");
        await Cluster.ReadyAsync();
        var keeper = Access.DsnOf(Cluster.Primary, $"user=keeper passfile={Access.Write("keeper", $"*:*:*:keeper:{Access.Password}\n")}");
        await Psql.TextAsync(keeper, "create table public.of_keeper (number int)");

        await Psql.TextAsync(Superuser, "alter role app nologin");
        await Cluster.PatchAsync("""{"spec":{"database":null}}""");
        await Cluster.NotReadyAsync(Reasons.ApplicationLockedOut, "ALTER ROLE app LOGIN");
        await Psql.TextAsync(Superuser, "alter role app login");
        await Cluster.PatchAsync("""{"spec":{"postgres":{"parameters":{"work_mem":"5MB"}}}}""");
        await Cluster.ReadyAsync();
        Assert.Equal("app", await Psql.TextAsync(Superuser, "select pg_get_userbyid(datdba) from pg_database where datname = 'app'"));
        await Psql.TextAsync(Access.DsnOf(Cluster.Primary, "user=postgres"), "drop owned by keeper");
        await Psql.TextAsync(Superuser, "drop role keeper");
    }

    [Fact]
    public async Task A_tablespace_that_prevents_a_base_backup_is_reported_until_it_is_dropped()
    {
        foreach (var instance in new[] { Cluster.Primary, Cluster.Standby })
        {
            (await Cluster.Target.ExecAsync(instance, "mkdir", "-p", Space)).Text();
        }

        // The remains of an interrupted base backup. Their removal is asserted when the pair is restored.
        (await Cluster.Target.ExecAsync(Cluster.Standby, "mkdir", "/var/lib/cortex/pgdata.new")).Text();
        await Psql.TextAsync(Superuser, $"create tablespace space location '{Space}'");
        await Cluster.PatchAsync("""{"spec":{"instances":3}}""");
        await Cluster.NotReadyAsync(Reasons.TablespacesInTheWay, $"{Cluster.Name}-s2: ", $"space at {Space}", "DROP TABLESPACE");

        await Psql.TextAsync(Superuser, "drop tablespace space");
        await Cluster.ReadyAsync();
        // The folders remain: until the next checkpoint, a restarted standby replays the creation of the tablespace, which needs them.
        await Cluster.PatchAsync("""{"spec":{"instances":2}}""");
        await Cluster.ReadyAsync();
    }

    [Fact]
    public async Task Failover_slots_survive_a_switchover_and_the_loss_of_other_slots_is_announced()
    {
        Assert.SkipWhen(
            int.Parse((await Cluster.StatusAsync()).PostgresVersion!.Split('.')[0], System.Globalization.CultureInfo.InvariantCulture) < 17,
            "failover slots came with PostgreSQL 17");
        await Cluster.PatchAsync("""{"spec":{"postgres":{"parameters":{"wal_level":"logical","sync_replication_slots":"on"}}}}""");
        var status = await Cluster.SteadyAsync();
        var (primary, standby) = (status.Primary!, status.Instances.Single(instance => instance.Name != status.Primary).Name);
        string On(string instance) => Access.DsnOf(instance, "user=postgres dbname=postgres");
        await Psql.TextAsync(
            On(primary),
            "select pg_create_logical_replication_slot('lost', 'pgoutput'), pg_create_logical_replication_slot('kept', 'pgoutput', false, "
                + "false, true)");
        await Eventually.HoldsAsync(
            "the failover slot is synchronized to the standby",
            async () =>
            {
                // A synchronized copy is usable as soon as the slot has advanced to the beginning of the standby's own WAL.
                await Psql.TextAsync(
                    On(primary), "select pg_log_standby_snapshot(), pg_replication_slot_advance('kept', pg_current_wal_flush_lsn())");
                return await Psql.TextAsync(
                    On(standby), "select count(*) from pg_replication_slots where slot_name = 'kept' and synced and not temporary") == "1";
            },
            Cluster.DescribeAsync);
        await Cluster.UntilAsync(
            "the slot that is not synchronized is reported",
            now => Cluster.Condition(now.Status, ConditionTypes.SlotsFollow) is { Status: "False" } condition
                && condition.Message.Contains(": lost. ", StringComparison.Ordinal));

        await Cluster.PromoteAsync(standby);
        await Cluster.PromotedAsync(standby);
        await Cluster.SteadyAsync();

        const string Logical = "select coalesce(string_agg(slot_name, ','), '') from pg_replication_slots where slot_type = 'logical'";
        Assert.Equal("kept", await Psql.TextAsync(On(standby), Logical));
        Assert.DoesNotContain("lost", await Psql.TextAsync(On(primary), Logical), StringComparison.Ordinal);
        await Psql.TextAsync(On(standby), "select pg_drop_replication_slot('kept')");
        // With this slot, the servers would not start with the spec that the pair gets back.
        await Eventually.HoldsAsync(
            "its copy is gone", async () => await Psql.TextAsync(On(primary), Logical) == "", Cluster.DescribeAsync);
    }
}
