namespace Cortex.Chaos.Place;

/// <summary>What can be read only before everything is tidied up: what the servers and the operator said, and what lies in the volumes.</summary>
internal static class Remains
{
    private const string LastLines = "2000";

    public static async Task SaveAsync(string folder, Cluster cluster, IReadOnlyList<string> instances, SmallDisks disks)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "cluster.txt"), await cluster.StoryAsync());
        foreach (var instance in instances)
        {
            var log = (await Podman.RunAsync("logs", "--tail", LastLines, Node.Container(instance))).Said;
            await File.WriteAllTextAsync(Path.Combine(folder, $"{instance}.log"), $"{await disks.ListAsync(instance)}\n{log}");
        }
    }
}
