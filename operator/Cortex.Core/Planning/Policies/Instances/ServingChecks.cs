using Cortex.Core.Postgres;

namespace Cortex.Core.Planning.Policies.Instances;

/// <summary>Why an instance does not serve, as far as that is known.</summary>
internal static class ServingChecks
{
    /// <summary>A promotion would not help: the running server only has to load the certificate that was written, and it does.</summary>
    public static string NotLoaded(Situation now, string instance) =>
        $"{instance} presents another certificate than the one issued to it, so it cannot be verified; "
        + "it loads the issued one within seconds after it was written; "
        + $"if this continues: {Remedy.RemovePod(now, [instance])}";

    /// <summary>The known causes, each with a semicolon before it; empty where none is known.</summary>
    public static string Causes(Situation now, IEnumerable<string> instances) =>
        string.Concat(instances.Select(one => Cause(now, one) is { } cause ? $"; {cause}" : ""));

    private static string? Cause(Situation now, string one) =>
        now.ShowsAnother(one) ? NotLoaded(now, one)
        : now.Seen.Inventory.Pod(one)?.StartProblem is { } problem ? $"{one} cannot start: {problem}"
        : now.Seen.FatalMessages.TryGetValue(one, out var message) ? $"{one} last said: {message}"
        : now.Seen.Ends.GetValueOrDefault(one) is [.., var end] ? $"the server of {one} {end.How}{HintOfKill(end)}"
        : null;

    private static string HintOfKill(ServerEnd end) =>
        end.IsKill ? ", possibly by the OOM killer: see spec.resources" : "";
}
