using Cortex.Core.Api;

namespace Cortex.Cli.Console;

/// <summary>Formats the progress of a cluster towards Ready as one line. Pure.</summary>
internal static class ProgressText
{
    public static string Of(CortexCluster cluster)
    {
        var status = cluster.Status ?? new ClusterStatus();
        var instances = string.Join(", ", status.Instances.Select(instance => $"{instance.Name} {instance.State}"));
        var activity = StatusText.Find(cluster, ConditionTypes.Progressing) is { Status: "True" } progress ? progress.Message : null;
        string?[] parts = [$"{cluster.Metadata.Name}: {status.Phase ?? "waiting for the operator"}", instances, activity];
        return string.Join(" | ", parts.Where(part => !string.IsNullOrEmpty(part)));
    }
}
