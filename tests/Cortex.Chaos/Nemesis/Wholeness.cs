using System.Diagnostics;
using Cortex.Chaos.Record;
using Cortex.Core.Api;

namespace Cortex.Chaos.Nemesis;

/// <summary>Whether everything is as the spec asks: by the status, and, because that may not have noticed yet, by what was seen from outside since.</summary>
internal static class Wholeness
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits for it, within the bound, and writes down how long it took. False: it did not come.</summary>
    public static async Task<bool> AwaitAsync(Scene scene, string after)
    {
        var watch = Stopwatch.StartNew();
        var healed = scene.History.Now;
        while (WhyNot(scene, await scene.ReadAsync(), healed) is var why)
        {
            if (why is null)
            {
                scene.History.Add(new Whole(scene.History.Now, "nemesis", after, Math.Round(watch.Elapsed.TotalSeconds, 3)));
                scene.Say($"  whole after {watch.Elapsed.TotalSeconds:0.0} s");
                return true;
            }

            if (watch.Elapsed > scene.Options.Bound)
            {
                scene.History.Add(new NotWhole(scene.History.Now, "nemesis", after, Math.Round(watch.Elapsed.TotalSeconds, 3), why));
                scene.Say($"  NOT WHOLE: {why}\n{await scene.Cluster.StoryAsync()}");
                return false;
            }

            await Task.Delay(Poll);
        }

        return false;
    }

    private static string? WhyNot(Scene scene, CortexCluster now, DateTimeOffset since)
    {
        var ready = Cluster.Condition(now.Status, ConditionTypes.Ready);
        return now.Status?.Promotion is { } begun ? $"the promotion of {begun.To} is under way"
            : now.Status?.ObservedGeneration != now.Metadata.Generation ? "the spec was not observed yet"
            : ready is not { Status: "True" } ? $"Ready is {ready?.Status ?? "absent"}: {ready?.Message}"
            : FromOutside(scene, since);
    }

    private static string? FromOutside(Scene scene, DateTimeOffset since)
    {
        var seen = scene.Probes.Select(probe => (probe.Instance, probe.Last)).ToList();
        return seen.Where(one => one.Last is null || one.Last.BegunAt < since).Select(one => one.Instance).ToList() is { Count: > 0 } silent
                ? $"{string.Join(", ", silent)} does not answer from outside"
            : seen.Count(one => one.Last!.TakesWrites) is not 1 and var writers ? $"{writers} instances take writes"
            : seen.Where(one => one.Last is { TakesWrites: false, Receives: false }).Select(one => one.Instance).ToList() is { Count: > 0 } idle
                ? $"{string.Join(", ", idle)} receives nothing"
            : scene.History.LastByClient is not { } row || row.BegunAt < since ? "no client was acknowledged a row"
            : null;
    }
}
