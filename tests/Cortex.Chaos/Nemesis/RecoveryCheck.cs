using System.Diagnostics;
using Cortex.Chaos.Record;
using Cortex.Core.Api;

namespace Cortex.Chaos.Nemesis;

/// <summary>
/// Whether everything is as the spec asks: according to the status, and, because the status may be late, according to the probes from
/// outside.
/// </summary>
internal static class RecoveryCheck
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits for the recovery, within the bound, and records its time. False: the cluster did not recover in time.</summary>
    public static async Task<bool> AwaitAsync(ChaosContext context, string after)
    {
        var watch = Stopwatch.StartNew();
        var faultEnded = context.History.Now;
        while (WhyNot(context, await context.ReadAsync(), faultEnded) is var why)
        {
            if (why is null)
            {
                context.History.Add(new Recovered(context.History.Now, "nemesis", after, Math.Round(watch.Elapsed.TotalSeconds, 3)));
                context.Print($"  recovered after {watch.Elapsed.TotalSeconds:0.0} s");
                return true;
            }

            if (watch.Elapsed > context.Options.RecoveryTimeout)
            {
                context.History.Add(
                    new NotRecovered(context.History.Now, "nemesis", after, Math.Round(watch.Elapsed.TotalSeconds, 3), why));
                context.Print($"  NOT RECOVERED: {why}\n{await context.Cluster.DescribeAsync()}");
                return false;
            }

            await Task.Delay(PollInterval);
        }

        return false;
    }

    private static string? WhyNot(ChaosContext context, CortexCluster now, DateTimeOffset since)
    {
        var ready = Cluster.Condition(now.Status, ConditionTypes.Ready);
        return now.Status?.Promotion is { } begun ? $"the promotion of {begun.To} is in progress"
            : now.Status?.ObservedGeneration != now.Metadata.Generation ? "the spec was not observed yet"
            : ready is not { Status: "True" } ? $"Ready is {ready?.Status ?? "absent"}: {ready?.Message}"
            : FromOutside(context, since);
    }

    private static string? FromOutside(ChaosContext context, DateTimeOffset since)
    {
        var seen = context.Probes.Select(probe => (probe.Instance, probe.Last)).ToList();
        return seen.Where(probe => probe.Last is null || probe.Last.BegunAt < since)
            .Select(probe => probe.Instance)
            .ToList() is { Count: > 0 } silent
                ? $"{string.Join(", ", silent)} does not answer from outside"
            : seen.Count(probe => probe.Last!.AcceptsWrites) is not 1 and var writers ? $"{writers} instances accept writes"
            : seen.Where(probe => probe.Last is { AcceptsWrites: false, Receives: false }).Select(probe => probe.Instance)
                .ToList() is { Count: > 0 } idle
                ? $"{string.Join(", ", idle)} receives nothing"
            : context.History.LastByClient is not { } row || row.BegunAt < since ? "no client was acknowledged a row"
            : null;
    }
}
