using System.Diagnostics;
using System.Globalization;

namespace Cortex.Chaos.Place;

/// <summary>One instance's processes and network, as the machine sees them.</summary>
internal static class Node
{
    public static string Container(string instance) => Core.Naming.Names.Container(instance);

    /// <summary>SIGKILL for the postmaster, or for one of its children: the server ends them all and recovers.</summary>
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

    /// <summary>Drops every packet in and out of the instance's network; what its clients hear is silence. Returns what mends it.</summary>
    public static Task<Func<Task>?> CutAsync(string instance) => DropAsync(instance, ["INPUT"], ["OUTPUT"]);

    /// <summary>Drops what other servers send to the instance: it falls behind, and answers its clients as ever.</summary>
    public static Task<Func<Task>?> DeafenAsync(string instance) => DropAsync(instance, ["INPUT", "-p", "tcp", "--sport", "5432"]);

    private static async Task<Func<Task>?> DropAsync(string instance, params string[][] rules)
    {
        var pod = await Podman.RunAsync("pod", "inspect", "--format", "{{.InfraContainerID}}", instance);
        var network = pod.Succeeded ? (await Podman.RunAsync("inspect", "--format", "{{.NetworkSettings.SandboxKey}}", pod.Output.Trim())).Output.Trim() : "";
        if (network.Length == 0)
        {
            return null;
        }

        // With its pod the network is gone, and the cut with it.
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
            // Gone between the look and the kill.
            return false;
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
