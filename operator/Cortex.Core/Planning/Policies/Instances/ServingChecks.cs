namespace Cortex.Core.Planning.Policies.Instances;

/// <summary>Why an instance does not serve, as far as that is known.</summary>
internal static class ServingChecks
{
    /// <summary>A promotion would not help: whoever runs has to load what was laid, and does.</summary>
    public static string NotLoaded(Situation now, string instance) =>
        $"{instance} serves with another certificate than it has been issued, so that it cannot be verified; it loads the new one a moment after that was laid; if it stays so: {Remedy.RemovePod(now, [instance])}";

    /// <summary>What is known of why they do not serve, each with a semicolon before it; empty where nothing is.</summary>
    public static string Words(Situation now, IEnumerable<string> instances) => string.Concat(instances.Select(one =>
        now.ShowsAnother(one) ? $"; {NotLoaded(now, one)}"
        : now.Seen.Inventory.Pod(one)?.StartProblem is { } problem ? $"; {one} cannot start: {problem}"
        : now.Seen.LastWords.TryGetValue(one, out var words) ? $"; {one} last said: {words}"
        : now.Seen.Ends.GetValueOrDefault(one) is [.., var end] ? $"; the server of {one} {end.How}{(end.IsKill ? ", as the kernel does where memory runs out: see spec.resources" : "")}"
        : ""));
}
