using System.Collections.Concurrent;
using System.Diagnostics;
using Cortex.Core.Api;

namespace Cortex.EndToEnd.Harness;

/// <summary>Kills the operator once at every step that its log reports, and starts it again.</summary>
public sealed class Killer
{
    private readonly OperatorUnderTest cortex;
    private readonly Cluster cluster;
    private readonly ConcurrentDictionary<string, bool> interrupted = new();

    public Killer(OperatorUnderTest cortex, Cluster cluster, TimeSpan delay)
    {
        (this.cortex, this.cluster) = (cortex, cluster);
        cortex.OnLine = line =>
        {
            if (StepOf(line) is { } step && interrupted.TryAdd(step, true))
            {
                _ = KillAsync(delay);
            }
        };
    }

    public IReadOnlyCollection<string> Steps => [.. interrupted.Keys];

    public async Task UntilAsync(string what, Func<CortexCluster?, bool> condition, Func<CortexCluster?, Task>? nudge = null)
    {
        var began = Stopwatch.StartNew();
        while (true)
        {
            if (!cortex.IsRunning)
            {
                await cortex.StartAgainAsync();
            }

            var now = await cortex.ReadAsync(cluster.Name);
            if (condition(now))
            {
                cortex.OnLine = null;
                return;
            }

            if (began.Elapsed > Eventually.HangTimeout * 2)
            {
                Assert.Fail($"{what}: not after {interrupted.Count} kills\n{await cluster.DescribeAsync()}");
            }

            await (nudge?.Invoke(now) ?? Task.CompletedTask);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
        }
    }

    private async Task KillAsync(TimeSpan delay)
    {
        if (delay > TimeSpan.Zero)
        {
            await Task.Delay(delay);
        }

        cortex.Kill();
    }

    private string? StepOf(string line)
    {
        var mark = $"PlanExecutor[100] {cluster.Target.Namespace}/{cluster.Name} ";
        var at = line.IndexOf(mark, StringComparison.Ordinal);
        return at < 0 ? null : line[(at + mark.Length)..];
    }
}
