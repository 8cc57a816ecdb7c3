using Cortex.Core.Api;
using Spectre.Console;

namespace Cortex.Cli.Console;

/// <summary>The lines by which a Ready cluster is used, to copy.</summary>
internal static class NextSteps
{
    /// <summary>The cluster as commands take it.</summary>
    public static string Named(CortexCluster cluster) => $"{cluster.Metadata.Name}{Space(cluster.Metadata.NamespaceProperty)}";

    /// <param name="program">How the user calls it.</param>
    /// <param name="kubeconfig">The file that kubectl is to use.</param>
    public static IEnumerable<string> For(CortexCluster cluster, string program, string kubeconfig)
    {
        var (name, ns) = (cluster.Metadata.Name, cluster.Metadata.NamespaceProperty);
        var space = Space(ns);
        var standby = cluster.Status?.Instances.FirstOrDefault(one => one.State == InstanceStates.Streaming)?.Name;
        string[] lines =
        [
            "",
            $"{name}: {cluster.Status?.Primary} takes writes, {cluster.Status?.Ready} instances are as they should be",
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
