namespace Cortex.Chaos.Machines;

/// <summary>
/// Saves what is lost when everything is removed: the logs of the servers and the operator, and a list of the volumes' files.
/// </summary>
internal static class Artifacts
{
    private const string LastLines = "2000";

    public static async Task SaveAsync(string folder, Cluster cluster, IReadOnlyList<string> instances, SmallDisks disks)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "cluster.txt"), await cluster.DescribeAsync());
        foreach (var instance in instances)
        {
            var log = (await Podman.RunAsync("logs", "--tail", LastLines, Node.Container(instance))).Said;
            await File.WriteAllTextAsync(Path.Combine(folder, $"{instance}.log"), $"{await disks.ListAsync(instance)}\n{log}");
        }
    }
}
