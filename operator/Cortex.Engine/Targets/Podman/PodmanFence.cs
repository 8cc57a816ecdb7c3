using Cortex.Core.Naming;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// A kill that the kernel proves, where the kernel of this machine runs the container. Process 1 is gone within 20 ms, and with it every
/// other process of its PID namespace (https://man7.org/linux/man-pages/man7/pid_namespaces.7.html); Podman takes up to 250 ms more for its
/// own records, which the fence does not wait for.
/// </summary>
internal sealed class PodmanFence(LibpodClient podman, string instance, TimeProvider clock)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);

    private readonly string container = Names.Container(instance);

    /// <param name="stop">
    /// Stops the container so that it stays stopped, and proves it by Podman's records. It may continue after this method has returned.
    /// </param>
    public async Task<PodEnd?> RunAsync(Func<Task<PodEnd?>> stop, CancellationToken ct)
    {
        var process = await LookAsync(ct) is { State: { Status: "running", Pid: > 0 and var pid } } seen && IsOf(seen.Id, pid) ? pid : 0;
        var stopping = stop();
        // Podman treats a container in the state "stopping" as stopped by its user: the restart policy will not start it.
        var stopRecorded = false;
        while (process > 0 && !stopping.IsCompleted)
        {
            stopRecorded = stopRecorded || await LookAsync(ct) is { State.Status: "stopping" };
            if (stopRecorded && !Directory.Exists($"/proc/{process}"))
            {
                _ = stopping.ContinueWith(
                    late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
                return new PodEnd(null, clock.GetUtcNow());
            }

            await Task.Delay(PollInterval, clock, ct);
        }

        return await stopping;
    }

    /// <summary>
    /// The process number of Podman means another process here if Podman runs on another kernel, or this program in a container.
    /// </summary>
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
