using Cortex.EndToEnd.Harness;

namespace Cortex.Chaos.Nemesis;

/// <summary>
/// Where a former primary stays fenced, somebody makes room for a new standby in its place: its data go, and its name is struck from the status.
/// An operator that brings it back by itself is given the time for it and finds nothing of this.
/// </summary>
internal static class FencedForGood
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static async Task ReplaceAsync(Scene scene)
    {
        var begun = scene.History.Now;
        while ((await scene.ReadAsync()).Status is { Fenced.Count: > 0 } status)
        {
            if (scene.History.Now - begun > Patience && status.Promotion is null)
            {
                foreach (var fenced in status.Fenced)
                {
                    await Podman.RunAsync("pod", "rm", "-f", "-t", "0", fenced);
                    scene.Disks.Empty(fenced);
                }

                await scene.Operator.Kubectl.RunAsync("patch", "cortexcluster", scene.Cluster.Name, "--subresource=status", "--type", "merge", "-p", """{"status":{"fenced":[]}}""");
                scene.Tell($"replaced by hand: {string.Join(", ", status.Fenced)}");
            }

            await Task.Delay(200);
        }
    }
}
