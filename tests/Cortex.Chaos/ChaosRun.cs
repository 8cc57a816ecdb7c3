using System.Globalization;
using Cortex.Chaos.Check;
using Cortex.Chaos.Load;
using Cortex.Chaos.Nemesis;
using Cortex.Chaos.Machines;
using Cortex.Chaos.Record;
using Cortex.Core.Naming;

namespace Cortex.Chaos;

/// <summary>A run: a cluster, writers, probes and a nemesis, from the first row to the final check.</summary>
internal sealed class ChaosRun(ChaosOptions options, History history, string folder)
{
    private const int FirstPort = 21000;
    private const int PortsOfARun = 10;
    private const int PortRanges = 100;
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The name differs from that of every other run, even of a killed run, because name servers identify networks by their names.
    /// </summary>
    private string Name { get; } = string.Create(CultureInfo.InvariantCulture, $"chaos{options.Seed}-{Environment.ProcessId}");

    public async Task<EndState> RunAsync(CancellationToken stop)
    {
        await using var store = await Podman.StartOwnAsync();
        store.Enter();
        await using var cortex = await OperatorUnderTest.StartAsync();
        await using var disks = await SmallDisks.CreateAsync(Name, options.Instances);
        await using var volume = await BackupVolume.MakeAsync();
        using var log = new StreamWriter(Path.Combine(folder, "operator.log")) { AutoFlush = true };
        cortex.OnLine = log.WriteLine;
        var cluster = new Cluster(cortex, Name, FreePorts());
        await cluster.ApplyAsync($"{volume.Spec}\n{Spec()}");
        await cluster.ReadyAsync();
        var access = await cluster.AccessAsync();
        var dataSources = new DataSources(access);
        await using (var source = dataSources.Primary())
        {
            await using var table = source.CreateCommand(Insert.Table);
            await table.ExecuteNonQueryAsync(stop);
        }

        await Archive.IsAsync(cluster, "True");
        await BackupVolume.BackUpAsync(cluster, $"{Name}-first");
        var recoverableSince = history.Now;
        Probe[] probes =
        [
            .. Names.Instances(Name, options.Instances).Select(instance => new Probe(instance, dataSources.Instance(instance), history)),
        ];
        var context = new ChaosContext(options, cluster, cortex, store, disks, probes, history);
        await InjectFaultsAsync(context, dataSources, stop);
        try
        {
            var end = await new FinalCheck(context, dataSources).ReadAsync();
            return end with { Moments = await new ArchiveCheck(context, volume, recoverableSince).ReadAsync(access) };
        }
        finally
        {
            await Artifacts.SaveAsync(folder, cluster, context.Instances, disks);
            cortex.OnLine = null;
        }
    }

    private async Task InjectFaultsAsync(ChaosContext context, DataSources dataSources, CancellationToken stop)
    {
        using var loadStop = new CancellationTokenSource();
        Task[] load =
        [
            .. Enumerable.Range(1, options.Writers).Select(
                number => new Writer($"writer-{number}", dataSources.Primary(), history).RunAsync(loadStop.Token)),
            .. context.Probes.Select(probe => probe.RunAsync(loadStop.Token)),
            new ReceiptWatch(context.Cluster, history).RunAsync(loadStop.Token),
            ReportProgressAsync(loadStop.Token),
        ];
        try
        {
            if (await RecoveryCheck.AwaitAsync(context, "the start"))
            {
                await FaultLoop.RunAsync(context, stop);
            }
        }
        finally
        {
            await loadStop.CancelAsync();
            await Task.WhenAll(load);
        }
    }

    private async Task ReportProgressAsync(CancellationToken loadStop)
    {
        while (!loadStop.IsCancellationRequested)
        {
            await Task.WhenAny(Task.Delay(ProgressInterval, loadStop));
            Console.Error.WriteLine(
                $"{history.Now:HH:mm:ss.fff} {history.Rows} rows acknowledged, {history.Unknown} unknown; primary "
                    + $"{history.LastByClient?.Instance}");
        }
    }

    private int FreePorts() =>
        Enumerable.Range(options.Seed % PortRanges, PortRanges).Select(range => FirstPort + (range % PortRanges * PortsOfARun))
        .First(port => Enumerable.Range(port, options.Instances).All(Machine.IsFree));

    /// <summary>The size of pg_wal is limited, because the disks are small.</summary>
    private string Spec() => string.Create(CultureInfo.InvariantCulture, $$"""
        instances: {{options.Instances}}
        postgres:
          parameters: {wal_keep_size: 64MB, max_wal_size: 256MB, max_slot_wal_keep_size: 256MB}
        {{(options.Synchronous ? "replication: {mode: Synchronous, durability: Required}" : "")}}
        """);
}
