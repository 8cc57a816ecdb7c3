using Cortex.Core.Api;

namespace Cortex.EndToEnd.Harness;

/// <summary>
/// An operator and a cluster of two instances that tests use one after the other. The roles and the timeline are those that the last test
/// left.
/// </summary>
public sealed class Pair : IAsyncDisposable
{
    private const string SingleDataFolder = "pgdata";

    /// <summary>Drops tables and sequences of the application; the schema and its rights remain as the operator created them.</summary>
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

    /// <summary>
    /// Prepares the pair for the next test, and asserts the result: the original spec, both servers in the state that it asks for, and no
    /// remains of the last test.
    /// </summary>
    public async Task RestoreAsync()
    {
        Operator.OnLine = null;
        if (!Operator.IsRunning)
        {
            await Operator.StartAgainAsync();
        }

        await Operator.ReplaceSpecAsync(Cluster.Name, spec);
        var status = await Cluster.SteadyAsync();
        await DropTablesAsync(status.Primary!);
        await AssertHealthyAsync(status);
    }

    public ValueTask DisposeAsync() => Operator.DisposeAsync();

    private async Task DropTablesAsync(string primary)
    {
        var access = await Cluster.AccessAsync();
        await Psql.TextAsync(access.DsnOf(primary, "user=postgres"), DropTables);
    }

    private async Task AssertHealthyAsync(ClusterStatus status)
    {
        Assert.Empty(status.Fenced);
        Assert.Equal(
            [Cluster.Name + "-pr", Cluster.Name + "-s1"], status.Instances.Select(instance => instance.Name).Order(StringComparer.Ordinal));
        var standby = status.Instances.Single(instance => instance.Name != status.Primary).Name;
        var superuser = (await Cluster.AccessAsync()).DsnOf(status.Primary!, "user=postgres dbname=postgres");
        const string slots = "select string_agg(slot_name || ' ' || active || ' ' "
            + "|| (select count(*) from pg_stat_replication where state = 'streaming'), ',') from pg_replication_slots";
        await Eventually.HoldsAsync(
            "one standby streams, with the only slot",
            async () => await Psql.TextAsync(superuser, slots) == $"{standby.Replace('-', '_')} true 1",
            Cluster.DescribeAsync);
        foreach (var instance in new[] { status.Primary!, standby })
        {
            await Eventually.HoldsAsync(
                $"the volume of {instance} has no other copy of the data",
                async () =>
                    (await Cluster.Target.ExecAsync(
                        instance, "sh", "-c", "cd /var/lib/cortex && echo pgdata*")).Output.Trim() == SingleDataFolder,
                Cluster.DescribeAsync);
        }
    }
}
