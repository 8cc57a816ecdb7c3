using Cortex.Core.Api;
using Spectre.Console;

namespace Cortex.Operator.Commands;

/// <summary>The lines by which a Ready cluster is used, to copy.</summary>
internal static class NextSteps
{
    /// <summary>The cluster as commands take it.</summary>
    public static string Named(CortexCluster cluster) => $"{cluster.Metadata.Name}{Space(cluster.Metadata.NamespaceProperty)}";

    public static IEnumerable<string> For(CortexCluster cluster, Surroundings here)
    {
        var (name, ns) = (cluster.Metadata.Name, cluster.Metadata.NamespaceProperty);
        var space = Space(ns);
        var standby = cluster.Status?.Instances.FirstOrDefault(one => one.State == InstanceStates.Streaming)?.Name;
        string[] lines =
        [
            "",
            $"{name}: {cluster.Status?.Primary} takes writes, {cluster.Status?.Ready} instances are as they should be",
            $"  connect   psql \"$({here.Program} dsn {Named(cluster)})\"      or: {here.Program} psql{space}",
            $"  kubectl   export KUBECONFIG={here.State.Kubeconfig}",
            $"  look      kubectl get cortexcluster{space}      or: {here.Program} status{space}",
            .. standby is null ? (string[])[] :
            [
                $"  promote   kubectl patch cortexcluster {name}{space} --type merge -p '{{\"spec\":{{\"promote\":\"{standby}\"}}}}'",
                $"            or: {here.Program} promote {standby}{space}",
            ],
        ];
        return lines.Select(line => line.EscapeMarkup());
    }

    private static string Space(string ns) => ns == "default" ? "" : $" -n {ns}";
}
