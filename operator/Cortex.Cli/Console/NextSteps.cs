using Cortex.Core.Api;
using Spectre.Console;

namespace Cortex.Cli.Console;

/// <summary>Lines to copy: how to use a Ready cluster.</summary>
internal static class NextSteps
{
    /// <summary>The cluster as arguments of a command.</summary>
    public static string Named(CortexCluster cluster) => $"{cluster.Metadata.Name}{Space(cluster.Metadata.NamespaceProperty)}";

    /// <param name="program">The command that the user types, such as <c>./cortex</c>.</param>
    /// <param name="kubeconfig">The file for kubectl.</param>
    public static IEnumerable<string> For(CortexCluster cluster, string program, string kubeconfig)
    {
        var (name, ns) = (cluster.Metadata.Name, cluster.Metadata.NamespaceProperty);
        var space = Space(ns);
        var standby = cluster.Status?.Instances.FirstOrDefault(instance => instance.State == InstanceStates.Streaming)?.Name;
        string[] lines =
        [
            "",
            $"{name}: {cluster.Status?.Primary} accepts writes, {cluster.Status?.Ready} instances are ready",
            $"  connect   psql \"$({program} dsn {Named(cluster)})\"      or: {program} psql{space}",
            $"  kubectl   export KUBECONFIG={kubeconfig}",
            $"  look      kubectl get cortexcluster{space}      or: {program} status{space}",
            .. standby is null ? (string[])[] :
            [
                $"  promote   kubectl patch cortexcluster {name}{space} --type merge -p '{{\"spec\":{{\"promote\":\"{standby}\"}}}}'",
                $"            or: {program} promote {standby}{space}",
            ],
        ];
        return lines.Select(line => line.EscapeMarkup());
    }

    private static string Space(string ns) => ns == "default" ? "" : $" -n {ns}";
}
