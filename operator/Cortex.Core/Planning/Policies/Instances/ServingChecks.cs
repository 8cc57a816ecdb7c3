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

    /// <summary>What the user can do about a primary that does not answer. The operator waits for it.</summary>
    public static string Silent(string primary) =>
        $"the primary {primary} does not answer; if this continues, set spec.promote to a standby";

    /// <summary>The known causes, each with a semicolon before it; empty where none is known.</summary>
    public static string Causes(Situation now, IEnumerable<string> instances) =>
        string.Concat(instances.Select(instance => Cause(now, instance) is { } cause ? $"; {cause}" : ""));

    private static string? Cause(Situation now, string instance) =>
        now.ShowsAnother(instance) ? NotLoaded(now, instance)
        : now.Seen.Inventory.Pod(instance)?.StartProblem is { } problem ? $"{instance} cannot start: {problem}"
        : now.Seen.FatalMessages.TryGetValue(instance, out var message) ? $"{instance} last said: {message}"
        : now.Seen.Ends.GetValueOrDefault(instance) is [.., var end] ? $"the server of {instance} {end.How}{HintOfKill(end)}"
        : null;

    private static string HintOfKill(ServerEnd end) =>
        end.IsKill ? ", possibly by the OOM killer: see spec.resources" : "";
}
