using System.Globalization;
using Cortex.Chaos.Check;
using Cortex.Chaos.Load;
using Cortex.Chaos.Nemesis;
using Cortex.Chaos.Place;
using Cortex.Chaos.Record;
using Cortex.Core.Naming;

namespace Cortex.Chaos;

/// <summary>A cluster, writers, probes and a nemesis, from the first row to the last look.</summary>
internal sealed class ChaosRun(ChaosOptions options, History history, string folder)
{
    private const int FirstPort = 21000;
    private const int PortsOfARun = 10;
    private const int Places = 100;
    private static readonly TimeSpan Progress = TimeSpan.FromSeconds(5);

    /// <summary>No other run's, not even of one that was killed: name servers know networks by their names, whatever the store.</summary>
    private string Name { get; } = string.Create(CultureInfo.InvariantCulture, $"chaos{options.Seed}-{Environment.ProcessId}");

    public async Task<EndState> RunAsync(CancellationToken stop)
    {
        await using var store = await Podman.StartOwnAsync();
        store.Enter();
        await using var cortex = await OperatorUnderTest.StartAsync();
        await using var disks = await SmallDisks.MakeAsync(Name, options.Instances);
        using var log = new StreamWriter(Path.Combine(folder, "operator.log")) { AutoFlush = true };
        cortex.OnLine = log.WriteLine;
        var cluster = new Cluster(cortex, Name, FreePorts());
        await cluster.ApplyAsync(Spec());
        await cluster.ReadyAsync();
        var doors = new Doors(await cluster.AccessAsync());
        await using (var source = doors.Primary())
        {
            await using var table = source.CreateCommand(Insert.Table);
            await table.ExecuteNonQueryAsync(stop);
        }

        var scene = await RampageAsync(new Scene(
            options, cluster, cortex, store, disks, [.. Names.Instances(Name, options.Instances).Select(one => new Probe(one, doors.Instance(one), history))], history), doors, stop);
        try
        {
            return await new Aftermath(scene, doors).LookAsync();
        }
        finally
        {
            await Remains.SaveAsync(folder, cluster, scene.Instances, disks);
            cortex.OnLine = null;
        }
    }

    private async Task<Scene> RampageAsync(Scene scene, Doors doors, CancellationToken stop)
    {
        using var over = new CancellationTokenSource();
        Task[] load =
        [
            .. Enumerable.Range(1, options.Writers).Select(number => new Writer($"writer-{number}", doors.Primary(), history).RunAsync(over.Token)),
            .. scene.Probes.Select(probe => probe.RunAsync(over.Token)),
            new ReceiptWatch(scene.Cluster, history).RunAsync(over.Token),
            TellAsync(over.Token),
        ];
        try
        {
            if (await Wholeness.AwaitAsync(scene, "the beginning"))
            {
                await Rampage.RunAsync(scene, stop);
            }
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAll(load);
        }

        return scene;
    }

    private async Task TellAsync(CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            await Task.WhenAny(Task.Delay(Progress, over));
            Console.Error.WriteLine($"{history.Now:HH:mm:ss.fff} {history.Rows} rows acknowledged, {history.Unknown} unknown; primary {history.LastByClient?.Instance}");
        }
    }

    private int FreePorts() => Enumerable.Range(options.Seed % Places, Places).Select(place => FirstPort + (place % Places * PortsOfARun))
        .First(port => Enumerable.Range(port, options.Instances).All(Machine.IsFree));

    /// <summary>What may lie in pg_wal is kept small beside the small disks.</summary>
    private string Spec() => string.Create(CultureInfo.InvariantCulture, $$"""
        instances: {{options.Instances}}
        postgres:
          parameters: {wal_keep_size: 64MB, max_wal_size: 256MB, max_slot_wal_keep_size: 256MB}
        {{(options.Synchronous ? "replication: {mode: Synchronous, durability: Required}" : "")}}
        """);
}
