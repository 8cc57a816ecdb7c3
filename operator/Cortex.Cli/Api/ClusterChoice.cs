using Cortex.Cli.Outcomes;
using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Cli.Api;

/// <summary>Finds the cluster that a command refers to.</summary>
internal static class ClusterChoice
{
    /// <summary>The named cluster, or the only one of the namespace.</summary>
    public static async Task<CortexCluster> ClusterAsync(ClusterApi api, string ns, string? name, CancellationToken ct)
    {
        var clusters = await api.ListAsync(ns, ct);
        return name is not null
            ? clusters.FirstOrDefault(cluster => cluster.Metadata.Name == name)
                ?? throw new CommandException($"there is no cluster {name} in namespace {ns}", Known(clusters))
            : clusters switch
            {
                [] =>
                    throw new CommandException(
                        $"there is no cluster in namespace {ns}", "create one with apply -f FILE, or name another namespace with -n"),
                [var only] => only,
                _ => throw new CommandException($"namespace {ns} has several clusters", $"name one of {Names(clusters)}"),
            };
    }

    /// <summary>The cluster that has an instance with this name.</summary>
    public static async Task<CortexCluster> OwnerAsync(ClusterApi api, string ns, string instance, CancellationToken ct)
    {
        var clusters = await api.ListAsync(ns, ct);
        return clusters.FirstOrDefault(cluster => InstancesOf(cluster).Contains(instance))
            ?? throw new CommandException(
                $"no cluster in namespace {ns} has an instance {instance}",
                clusters.Count == 0
                    ? "create a cluster with apply -f FILE"
                    : $"name one of {string.Join(", ", clusters.SelectMany(InstancesOf))}");
    }

    public static IReadOnlyList<string> InstancesOf(CortexCluster cluster) => Membership.Members(cluster);

    private static string Known(IReadOnlyList<CortexCluster> clusters) =>
        clusters.Count == 0 ? "create it with apply -f FILE, or name another namespace with -n" : $"name one of {Names(clusters)}";

    private static string Names(IEnumerable<CortexCluster> clusters) =>
        string.Join(", ", clusters.Select(cluster => cluster.Metadata.Name));
}
