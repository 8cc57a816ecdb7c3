using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnABorrowedPair;

/// <summary>What users set and make inside of their database, and what becomes of the cluster with it.</summary>
public sealed class UsersDoingsTests(Stage stage) : BorrowedPair(stage)
{
    private const string Space = "/var/lib/cortex/space";

    private string Superuser => Access.DsnOf(Cluster.Primary, "user=postgres dbname=postgres");

    /// <summary>No client could work under them; the operator makes a switchover, and takes them back.</summary>
    [Fact, Trait("Story", "EveryTargetInDeep")]
    public async Task Defaults_that_end_every_session_do_not_reach_the_operators()
    {
        await Cluster.PatchAsync(
            """
            {"spec":{"postgres":{"parameters":{"statement_timeout":"1ms","lock_timeout":"1ms","idle_session_timeout":"1ms","idle_in_transaction_session_timeout":"1ms",
             "default_transaction_isolation":"serializable","client_min_messages":"debug5","log_statement":"all"}}}}
            """);
        await Cluster.ReadyAsync();
        await Cluster.PromoteAsync(Cluster.Standby);
        await Cluster.PromotedAsync(Cluster.Standby);
        await Cluster.RestsAsync();

        await Cluster.PatchAsync("""{"spec":{"postgres":null}}""");
        await Cluster.ReadyAsync();
        Assert.Equal("0", await Psql.TextAsync(Access.Dsn, "show statement_timeout"));
    }

    [Fact]
    public async Task The_database_follows_the_owner_that_the_spec_names()
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
    public async Task A_tablespace_that_prevents_a_copy_is_named_and_the_copy_is_made_once_it_is_gone()
    {
        foreach (var instance in new[] { Cluster.Primary, Cluster.Standby })
        {
            (await Cluster.Place.ExecAsync(instance, "mkdir", "-p", Space)).Text();
        }

        // What a copy that was cut off leaves; that it goes is demanded when the pair is given back.
        (await Cluster.Place.ExecAsync(Cluster.Standby, "mkdir", "/var/lib/cortex/pgdata.new")).Text();
        await Psql.TextAsync(Superuser, $"create tablespace space location '{Space}'");
        await Cluster.PatchAsync("""{"spec":{"instances":3}}""");
        await Cluster.NotReadyAsync(Reasons.TablespacesInTheWay, $"{Cluster.Name}-s2: ", $"space at {Space}", "DROP TABLESPACE");

        await Psql.TextAsync(Superuser, "drop tablespace space");
        await Cluster.ReadyAsync();
        // The folders stay: until the next checkpoint, a standby that is started again replays how the tablespace was made, and demands them.
        await Cluster.PatchAsync("""{"spec":{"instances":2}}""");
        await Cluster.ReadyAsync();
    }

    [Fact]
    public async Task Failover_slots_survive_a_switchover_and_what_becomes_of_others_is_said_before()
    {
        Assert.SkipWhen(int.Parse((await Cluster.StatusAsync()).PostgresVersion!.Split('.')[0], System.Globalization.CultureInfo.InvariantCulture) < 17, "failover slots came with PostgreSQL 17");
        await Cluster.PatchAsync("""{"spec":{"postgres":{"parameters":{"wal_level":"logical","sync_replication_slots":"on"}}}}""");
        var status = await Cluster.RestsAsync();
        var (primary, standby) = (status.Primary!, status.Instances.Single(one => one.Name != status.Primary).Name);
        string On(string instance) => Access.DsnOf(instance, "user=postgres dbname=postgres");
        await Psql.TextAsync(On(primary), "select pg_create_logical_replication_slot('lost', 'pgoutput'), pg_create_logical_replication_slot('kept', 'pgoutput', false, false, true)");
        await Eventually.HoldsAsync(
            "the failover slot is kept on the standby",
            async () =>
            {
                // A copy is worth something once the slot has come to where the standby's own WAL begins.
                await Psql.TextAsync(On(primary), "select pg_log_standby_snapshot(), pg_replication_slot_advance('kept', pg_current_wal_flush_lsn())");
                return await Psql.TextAsync(On(standby), "select count(*) from pg_replication_slots where slot_name = 'kept' and synced and not temporary") == "1";
            },
            Cluster.StoryAsync);
        await Cluster.UntilAsync(
            "the slot that stays behind is named",
            now => Cluster.Condition(now.Status, ConditionTypes.SlotsFollow) is { Status: "False" } said && said.Message.Contains(": lost. ", StringComparison.Ordinal));

        await Cluster.PromoteAsync(standby);
        await Cluster.PromotedAsync(standby);
        await Cluster.RestsAsync();

        const string Logical = "select coalesce(string_agg(slot_name, ','), '') from pg_replication_slots where slot_type = 'logical'";
        Assert.Equal("kept", await Psql.TextAsync(On(standby), Logical));
        Assert.DoesNotContain("lost", await Psql.TextAsync(On(primary), Logical), StringComparison.Ordinal);
        await Psql.TextAsync(On(standby), "select pg_drop_replication_slot('kept')");
        // With it the servers would not start under the specification that the pair gets back.
        await Eventually.HoldsAsync("its copy is gone", async () => await Psql.TextAsync(On(primary), Logical) == "", Cluster.StoryAsync);
    }
}
