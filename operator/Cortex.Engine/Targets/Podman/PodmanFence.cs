using Cortex.Core.Naming;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// A kill whose proof is the kernel's, where this machine's kernel runs the container. Process 1 is gone within 20 ms, and with it every
/// other process of its PID namespace (https://man7.org/linux/man-pages/man7/pid_namespaces.7.html); Podman takes up to 250 ms more for its
/// own records, which nobody waits for.
/// </summary>
internal sealed class PodmanFence(LibpodClient podman, string instance, TimeProvider clock)
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(5);

    private readonly string container = Names.Container(instance);

    /// <param name="stop">Stops the container for good and proves it by Podman's records. It goes on when this returns before it.</param>
    public async Task<PodEnd?> RunAsync(Func<Task<PodEnd?>> stop, CancellationToken ct)
    {
        var process = await LookAsync(ct) is { State: { Status: "running", Pid: > 0 and var pid } } seen && IsOf(seen.Id, pid) ? pid : 0;
        var stopping = stop();
        // Podman has taken a container that it calls "stopping" for one that its user stopped: whatever follows, no restart policy acts.
        var taken = false;
        while (process > 0 && !stopping.IsCompleted)
        {
            taken = taken || await LookAsync(ct) is { State.Status: "stopping" };
            if (taken && !Directory.Exists($"/proc/{process}"))
            {
                _ = stopping.ContinueWith(
                    late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
                return new PodEnd(null, clock.GetUtcNow());
            }

            await Task.Delay(Glance, clock, ct);
        }

        return await stopping;
    }

    /// <summary>A process number means something else to Podman when it runs on another kernel, or this program in a container.</summary>
    private static bool IsOf(string id, int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cgroup").Contains(id, StringComparison.Ordinal);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private async Task<ContainerDetail?> LookAsync(CancellationToken ct)
    {
        var reply = await podman.GetAsync($"containers/{container}/json", ct);
        return reply.Succeeded ? reply.Read(LibpodJson.Default.ContainerDetail) : null;
    }
}
