using System.Collections.Concurrent;
using System.Diagnostics;
using Cortex.Core.Api;

namespace Cortex.EndToEnd.Harness;

/// <summary>Kills the operator once at every step that its log tells of, and starts it again.</summary>
public sealed class Killer
{
    private readonly OperatorUnderTest cortex;
    private readonly Cluster cluster;
    private readonly ConcurrentDictionary<string, bool> interrupted = new();

    public Killer(OperatorUnderTest cortex, Cluster cluster, TimeSpan later)
    {
        (this.cortex, this.cluster) = (cortex, cluster);
        cortex.OnLine = line =>
        {
            if (StepOf(line) is { } step && interrupted.TryAdd(step, true))
            {
                _ = KillAsync(later);
            }
        };
    }

    public IReadOnlyCollection<string> Steps => [.. interrupted.Keys];

    public async Task UntilAsync(string what, Func<CortexCluster?, bool> asWished, Func<CortexCluster?, Task>? nudge = null)
    {
        var began = Stopwatch.StartNew();
        while (true)
        {
            if (!cortex.Lives)
            {
                await cortex.StartAgainAsync();
            }

            var now = await cortex.ReadAsync(cluster.Name);
            if (asWished(now))
            {
                cortex.OnLine = null;
                return;
            }

            if (began.Elapsed > Eventually.Limit * 2)
            {
                Assert.Fail($"{what}: not after {interrupted.Count} kills\n{await cluster.StoryAsync()}");
            }

            await (nudge?.Invoke(now) ?? Task.CompletedTask);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
        }
    }

    private async Task KillAsync(TimeSpan later)
    {
        if (later > TimeSpan.Zero)
        {
            await Task.Delay(later);
        }

        cortex.Kill();
    }

    private string? StepOf(string line)
    {
        var mark = $"PlanExecutor[100] {cluster.Place.Namespace}/{cluster.Name} ";
        var at = line.IndexOf(mark, StringComparison.Ordinal);
        return at < 0 ? null : line[(at + mark.Length)..];
    }
}
