using Cortex.Core.Api;

namespace Cortex.Cli.Console;

/// <summary>A cluster on its way to Ready, in one line. Pure.</summary>
internal static class ProgressText
{
    public static string Of(CortexCluster cluster)
    {
        var status = cluster.Status ?? new ClusterStatus();
        var instances = string.Join(", ", status.Instances.Select(one => $"{one.Name} {one.State}"));
        var doing = StatusText.Find(cluster, ConditionTypes.Progressing) is { Status: "True" } progress ? progress.Message : null;
        return string.Join(" | ", new[] { $"{cluster.Metadata.Name}: {status.Phase ?? "waiting for the operator"}", instances, doing }.Where(part => !string.IsNullOrEmpty(part)));
    }
}
