using Cortex.Core.Api;

namespace Cortex.EndToEnd.Harness;

/// <summary>An operator and a cluster of two instances that tests use one after the other. Which instance leads, and on which timeline, is what the last test left.</summary>
public sealed class Pair : IAsyncDisposable
{
    private const string OnlyItsData = "pgdata";

    /// <summary>Tables and sequences of the application; the schema and its rights stay as the operator made them.</summary>
    private const string DropTables = """
        do $$ declare found record; begin
            for found in select oid::regclass as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' loop
                execute format('drop table %s cascade', found.name);
            end loop;
        end $$
        """;

    private readonly ClusterSpec spec;

    private Pair(OperatorUnderTest cortex, Cluster cluster, ClusterSpec spec) => (Operator, Cluster, this.spec) = (cortex, cluster, spec);

    public OperatorUnderTest Operator { get; }

    public Cluster Cluster { get; }

    public static async Task<Pair> MakeAsync()
    {
        var cortex = await OperatorUnderTest.StartAsync();
        try
        {
            var cluster = await cortex.CreateAsync();
            return new Pair(cortex, cluster, (await cluster.ReadAsync()).Spec);
        }
        catch
        {
            await cortex.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes it fit for the next test, and demands that it is: the specification it was made with, both servers as that asks, and nothing left of the last test.</summary>
    public async Task RestoreAsync()
    {
        Operator.OnLine = null;
        if (!Operator.Lives)
        {
            await Operator.StartAgainAsync();
        }

        await Operator.SpecifyAsync(Cluster.Name, spec);
        var status = await Cluster.RestsAsync();
        await DropWhatTestsMadeAsync(status.Primary!);
        await DemandSoundAsync(status);
    }

    public ValueTask DisposeAsync() => Operator.DisposeAsync();

    private async Task DropWhatTestsMadeAsync(string primary)
    {
        var access = await Cluster.AccessAsync();
        await Psql.TextAsync(access.DsnOf(primary, "user=postgres"), DropTables);
    }

    private async Task DemandSoundAsync(ClusterStatus status)
    {
        Assert.Empty(status.Fenced);
        Assert.Equal([Cluster.Name + "-pr", Cluster.Name + "-s1"], status.Instances.Select(one => one.Name).Order(StringComparer.Ordinal));
        var standby = status.Instances.Single(one => one.Name != status.Primary).Name;
        var superuser = (await Cluster.AccessAsync()).DsnOf(status.Primary!, "user=postgres dbname=postgres");
        await Eventually.HoldsAsync(
            "one standby streams, from the only slot",
            async () => await Psql.TextAsync(
                superuser, "select string_agg(slot_name || ' ' || active || ' ' || (select count(*) from pg_stat_replication where state = 'streaming'), ',') from pg_replication_slots")
                == $"{standby.Replace('-', '_')} true 1",
            Cluster.StoryAsync);
        foreach (var instance in new[] { status.Primary!, standby })
        {
            await Eventually.HoldsAsync(
                $"the volume of {instance} has no other copy of the data",
                async () => (await Cluster.Place.ExecAsync(instance, "sh", "-c", "cd /var/lib/cortex && echo pgdata*")).Output.Trim() == OnlyItsData,
                Cluster.StoryAsync);
        }
    }
}
