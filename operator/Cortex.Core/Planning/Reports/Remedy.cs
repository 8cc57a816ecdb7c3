using Cortex.Core.Naming;

namespace Cortex.Core.Planning;

/// <summary>Commands that a user can type where only a user may decide, for the target of the cluster.</summary>
internal static class Remedy
{
    public static string RemovePod(Situation now, IEnumerable<string> instances) => now.Seen.Inventory.HasServices
        ? $"kubectl delete -n {now.Seen.Cluster.Namespace} pod {string.Join(' ', instances)}"
        : $"podman pod rm --force {string.Join(' ', instances)}";

    public static string Reset(IEnumerable<string> parameters) =>
        string.Join("; ", parameters.Select(parameter => $"ALTER SYSTEM RESET {parameter}"));

    /// <summary>The pod is removed too, because it uses the volume.</summary>
    public static string RemoveData(Situation now, string instance) => now.Seen.Inventory.HasServices
        ? $"kubectl delete -n {now.Seen.Cluster.Namespace} pod/{instance} persistentvolumeclaim/{Names.Volume(instance)}"
        : $"podman pod rm --force --ignore {instance} && podman volume rm {Names.Volume(instance)}";
}
