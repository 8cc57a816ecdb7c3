using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// One stop of one instance, until it is SEEN not to run and cannot come back by itself. Fencing rests on this, so:
/// <list type="bullet">
/// <item>only <c>stop</c> keeps the restart policy from acting. A signal sent by <c>kill</c> does not: up to 4.3 Podman forgets to
/// note that it was the user's wish, and restarts the container.</item>
/// <item>a container that died by itself an instant ago answers 304 to <c>stop</c> and is then restarted. So the stop is repeated until the
/// state is
/// <c>exited</c>, which Podman writes only after it has decided against a restart.</item>
/// <item>PostgreSQL takes SIGTERM for a smart shutdown, which waits for its clients, and SIGINT for a fast one
/// (https://www.postgresql.org/docs/current/server-shutdown.html). Where the image does not name SIGINT, it is sent after the stop has
/// begun; the policy rests then.</item>
/// </list>
/// </summary>
internal sealed class PodmanStop(LibpodClient podman, ClusterKey cluster, string instance, TimeSpan grace, TimeProvider clock)
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(15);

    private const int Killed = 137;

    /// <summary>How long after the grace a death without a word from Podman is taken for its last.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>How long Podman may take beyond the grace.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(30);

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
                case "stopping" or "stopped" when late > Patience:
                    return await RemoveAsync(seen.State, ct);
                case "running":
                    await StopAsync(seen.Config.StopsFast, ct);
                    break;
                case "paused":
                    await ReleaseAsync(ct);
                    break;
                case "stopping" when grace == TimeSpan.Zero:
                    await KillAsync("SIGKILL", ct);
                    break;
            }

            if (late > Settling)
            {
                throw Unproven($"is {seen.State.Status}");
            }

            await Task.Delay(Glance, clock, ct);
        }

        return null;
    }

    /// <summary>
    /// Podman 4.3 learns of a death from the container's monitor (conmon). When that died too, the container is "stopping" for ever. It is
    /// removed with its pod then: what is not there cannot come back. The process itself has the last word.
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
            $"{container} {why} and did not stop within {(grace + Settling).TotalSeconds:0} s",
            $"look at `podman inspect {container}` and end its process");

    private async Task StopAsync(bool stopsFast, CancellationToken ct)
    {
        var seconds = ((int)Math.Ceiling(grace.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        var stop = podman.PostAsync($"containers/{container}/stop?timeout={seconds}", ct, grace + Settling);
        if (grace > TimeSpan.Zero && !stopsFast)
        {
            await HastenAsync(stop, ct);
        }

        var reply = await stop;
        // A refusal counts only when the next look shows that it still runs: it may have died or gone meanwhile.
        if (!reply.Succeeded && !reply.Unchanged && !reply.Missing && await LookAsync(ct) is { State.Status: "running" })
        {
            reply.OrThrow($"stop {container}");
        }
    }

    private async Task HastenAsync(Task stop, CancellationToken ct)
    {
        while (!stop.IsCompleted)
        {
            if (await LookAsync(ct) is { State.Status: "stopping" })
            {
                await KillAsync("SIGINT", ct);
                return;
            }

            await Task.Delay(Glance, clock, ct);
        }
    }

    /// <summary>
    /// A frozen container takes no stop. For a fast shutdown it must wake up. To fence it, it is killed as it lies; where the kernel keeps
    /// the kill for later it is thawed then, and dies before it can run one instruction.
    /// </summary>
    private async Task ReleaseAsync(CancellationToken ct)
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

    /// <summary>Its answer says nothing: the next look does.</summary>
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
