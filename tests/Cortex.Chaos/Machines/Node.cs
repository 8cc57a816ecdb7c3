using System.Diagnostics;
using System.Globalization;

namespace Cortex.Chaos.Machines;

/// <summary>The processes and the network of an instance, as the machine sees them.</summary>
internal static class Node
{
    public static string Container(string instance) => Core.Naming.Names.Container(instance);

    /// <summary>Sends SIGKILL to the postmaster, or to one of its children; then the server ends all children and recovers.</summary>
    public static async Task<bool> KillAsync(string instance, bool child, Random random)
    {
        if (await Podman.PostmasterAsync(instance) is not { } postmaster)
        {
            return false;
        }

        var children = await Tool.RunAsync("pgrep", ["-P", Text(postmaster)]);
        var ids = children.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return Kill(child && ids.Length > 0 ? ids[random.Next(ids.Length)] : Text(postmaster));
    }

    /// <summary>
    /// Drops every packet from and to the instance, so that its clients get no answer. Returns the action that ends this.
    /// </summary>
    public static Task<Func<Task>?> CutAsync(string instance) => DropAsync(instance, ["INPUT"], ["OUTPUT"]);

    /// <summary>Drops packets from other servers to the instance: it falls behind, but still answers its clients.</summary>
    public static Task<Func<Task>?> BlockReplicationAsync(string instance) =>
        DropAsync(instance, ["INPUT", "-p", "tcp", "--sport", "5432"]);

    private static async Task<Func<Task>?> DropAsync(string instance, params string[][] rules)
    {
        var pod = await Podman.RunAsync("pod", "inspect", "--format", "{{.InfraContainerID}}", instance);
        var network = pod.Succeeded
            ? (await Podman.RunAsync("inspect", "--format", "{{.NetworkSettings.SandboxKey}}", pod.Output.Trim())).Output.Trim()
            : "";
        if (network.Length == 0)
        {
            return null;
        }

        // If the pod is removed, its network and these rules are removed, too.
        return await ChangeAsync(network, "-I", rules) ? () => ChangeAsync(network, "-D", rules) : null;
    }

    private static async Task<bool> ChangeAsync(string network, string change, string[][] rules)
    {
        var done = true;
        foreach (var rule in rules)
        {
            done &= (await Tool.RunAsync("nsenter", [$"--net={network}", "iptables", "-w", change, .. rule, "-j", "DROP"])).Succeeded;
        }

        return done;
    }

    private static bool Kill(string id)
    {
        try
        {
            using var process = Process.GetProcessById(int.Parse(id, CultureInfo.InvariantCulture));
            process.Kill();
            return true;
        }
        catch (ArgumentException)
        {
            // The process has ended before the kill.
            return false;
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
