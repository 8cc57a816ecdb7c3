using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// Stops one instance, and returns when it was SEEN not running and cannot restart by itself. Fencing relies on this:
/// <list type="bullet">
/// <item>only <c>stop</c> keeps the restart policy from acting. A signal sent by <c>kill</c> does not: up to 4.3 Podman forgets to
/// note that the user requested it, and restarts the container.</item>
/// <item>for a container that has just died by itself, <c>stop</c> answers 304, and Podman then restarts it. So the stop is repeated until
/// the state is <c>exited</c>, which Podman writes only after it has decided against a restart.</item>
/// <item>PostgreSQL takes SIGTERM for a smart shutdown, which waits for its clients, and SIGINT for a fast one
/// (https://www.postgresql.org/docs/current/server-shutdown.html). Where the image does not name SIGINT, it is sent after the stop has
/// begun; from then on, the restart policy does not act.</item>
/// </list>
/// </summary>
internal sealed class PodmanStop(LibpodClient podman, ClusterKey cluster, string instance, TimeSpan grace, TimeProvider clock)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(15);

    private const int Killed = 137;

    /// <summary>
    /// How long after the grace period Podman may take to record the end of the container before the container is removed.
    /// </summary>
    private static readonly TimeSpan RecordLimit = TimeSpan.FromSeconds(3);

    /// <summary>How long Podman may take beyond the grace period.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    private readonly string container = Names.Container(instance);

    /// <returns>Null when there was no such container.</returns>
    public async Task<PodEnd?> RunAsync(CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        while (await LookAsync(ct) is { } seen)
        {
            var late = clock.GetElapsedTime(began) - grace;
            switch (seen.State.Status)
            {
                case "exited" or "created" or "configured" or "initialized":
                    return new PodEnd(seen.State.ExitCode, seen.State.EndedAt);
                case "stopping" or "stopped" when late > RecordLimit:
                    return await RemoveAsync(seen.State, ct);
                case "running":
                    await StopAsync(seen.Config.StopsFast, ct);
                    break;
                case "paused":
                    await ThawAsync(ct);
                    break;
                case "stopping" when grace == TimeSpan.Zero:
                    await KillAsync("SIGKILL", ct);
                    break;
            }

            if (late > StopLimit)
            {
                throw Unproven($"is {seen.State.Status}");
            }

            await Task.Delay(PollInterval, clock, ct);
        }

        return null;
    }

    /// <summary>
    /// Podman 4.3 learns of the end of a container from its monitor (conmon). When the monitor died, too, the container stays "stopping".
    /// Then it is removed with its pod: a removed container cannot restart. The absence of the process is the proof.
    /// </summary>
    private async Task<PodEnd> RemoveAsync(ContainerState state, CancellationToken ct)
    {
        await podman.DeleteAsync($"containers/{container}?force=true&timeout=0", ct);
        await podman.DeleteAsync($"pods/{instance}?force=true&timeout=0", ct);
        if (await LookAsync(ct) is not null || (state.Pid > 0 && Directory.Exists($"/proc/{state.Pid}")))
        {
            throw Unproven($"lost its monitor and cannot be removed (process {state.Pid})");
        }

        return state.Status == "stopped" ? new PodEnd(state.ExitCode, state.EndedAt) : new PodEnd(Killed, null);
    }

    private TargetException Unproven(string why) =>
        new(
            $"{container} {why} and did not stop within {(grace + StopLimit).TotalSeconds:0} s",
            $"look at `podman inspect {container}` and end its process");

    private async Task StopAsync(bool stopsFast, CancellationToken ct)
    {
        var seconds = ((int)Math.Ceiling(grace.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        var stop = podman.PostAsync($"containers/{container}/stop?timeout={seconds}", ct, grace + StopLimit);
        if (grace > TimeSpan.Zero && !stopsFast)
        {
            await InterruptAsync(stop, ct);
        }

        var reply = await stop;
        // A refusal counts only if the container still runs afterwards: it may have ended or been removed in the meantime.
        if (!reply.Succeeded && !reply.Unchanged && !reply.Missing && await LookAsync(ct) is { State.Status: "running" })
        {
            reply.OrThrow($"stop {container}");
        }
    }

    private async Task InterruptAsync(Task stop, CancellationToken ct)
    {
        while (!stop.IsCompleted)
        {
            if (await LookAsync(ct) is { State.Status: "stopping" })
            {
                await KillAsync("SIGINT", ct);
                return;
            }

            await Task.Delay(PollInterval, clock, ct);
        }
    }

    /// <summary>
    /// A frozen container cannot be stopped. For a fast shutdown, it is thawed first. To fence it, it is killed while frozen; where the
    /// kernel delays the kill, it is thawed then, and dies before it can execute one instruction.
    /// </summary>
    private async Task ThawAsync(CancellationToken ct)
    {
        if (grace == TimeSpan.Zero)
        {
            await KillAsync("SIGKILL", ct);
            if (await LookAsync(ct) is not { State.Status: "paused" })
            {
                return;
            }
        }

        await podman.PostAsync($"containers/{container}/unpause", ct);
    }

    /// <summary>The answer does not matter: the next inspection shows the state.</summary>
    private Task<LibpodReply> KillAsync(string signal, CancellationToken ct) =>
        podman.PostAsync($"containers/{container}/kill?signal={signal}", ct);

    private async Task<ContainerDetail?> LookAsync(CancellationToken ct)
    {
        var reply = await podman.GetAsync($"containers/{container}/json", ct);
        if (reply.Missing)
        {
            return null;
        }

        var seen = reply.OrThrow($"look at {container}").Read(LibpodJson.Default.ContainerDetail);
        Ownership.Demand(cluster, seen.Config.Labels, "container", container);
        return seen;
    }
}
