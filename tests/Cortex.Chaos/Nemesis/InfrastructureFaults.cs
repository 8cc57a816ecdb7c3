using Cortex.Chaos.Machines;
using Cortex.Chaos.Record;

namespace Cortex.Chaos.Nemesis;

/// <summary>Faults of processes, containers, networks, disks, the operator and Podman.</summary>
internal static class InfrastructureFaults
{
    private const int PauseAttempts = 4;
    private static readonly TimeSpan PauseRetryDelay = TimeSpan.FromMilliseconds(500);

    public static async Task<ActiveFault?> KillPostgresAsync(ChaosContext context, bool child)
    {
        var instance = await ChooseInstanceAsync(context);
        return await Node.KillAsync(instance, child, context.Random) ? ActiveFault.Momentary(instance) : null;
    }

    public static async Task<ActiveFault?> KillContainerAsync(ChaosContext context) =>
        await KillContainerAsync(context, await ChooseInstanceAsync(context));

    public static async Task<ActiveFault?> PauseAsync(ChaosContext context) =>
        await PauseAsync(context, await ChooseInstanceAsync(context));

    public static async Task<ActiveFault?> CutNetworkAsync(ChaosContext context) =>
        await CutNetworkAsync(context, await ChooseInstanceAsync(context));

    public static async Task<ActiveFault?> KillContainerAsync(ChaosContext context, string instance) =>
        (await Podman.RunAsync("kill", Node.Container(instance))).Succeeded ? ActiveFault.Momentary(instance) : null;

    public static async Task<ActiveFault?> RemovePodAsync(ChaosContext context)
    {
        var instance = await ChooseInstanceAsync(context);
        return (await Podman.RunAsync("pod", "rm", "-f", "-t", "0", instance)).Succeeded ? ActiveFault.Momentary(instance) : null;
    }

    /// <summary>The instance is frozen, not dead: it continues in the middle of its work.</summary>
    public static async Task<ActiveFault?> PauseAsync(ChaosContext context, string instance)
    {
        for (var attempt = 0; attempt < PauseAttempts; attempt++)
        {
            var pause = await Podman.RunAsync("pause", Node.Container(instance));
            if (pause.Succeeded)
            {
                return new ActiveFault(instance, () => Podman.RunAsync("unpause", Node.Container(instance)));
            }

            // The instance may have been stopped by a promotion, or it may be starting.
            context.History.Add(new Note(context.History.Now, "nemesis", $"{instance} could not be paused: {pause.Said.Trim()}"));
            await Task.Delay(PauseRetryDelay);
        }

        return null;
    }

    public static async Task<ActiveFault?> CutNetworkAsync(ChaosContext context, string instance) =>
        await Node.CutAsync(instance) is { } repair ? new ActiveFault(instance, repair) : null;

    public static async Task<ActiveFault?> FillDiskAsync(ChaosContext context)
    {
        var instance = await ChooseInstanceAsync(context);
        await context.Disks.FillAsync(instance);
        return new ActiveFault(instance, () =>
        {
            context.Disks.Free(instance);
            return Task.CompletedTask;
        });
    }

    public static Task<ActiveFault?> KillOperatorAsync(ChaosContext context)
    {
        context.Operator.Kill();
        return Task.FromResult<ActiveFault?>(new ActiveFault("operator", context.RestartOperatorAsync));
    }

    public static async Task<ActiveFault?> KillPodmanAsync(ChaosContext context)
    {
        await context.Store.KillServiceAsync();
        return new ActiveFault("podman", context.Store.StartServiceAsync);
    }

    /// <summary>Chooses the primary as often as all standbys together, because its faults matter most.</summary>
    private static async Task<string> ChooseInstanceAsync(ChaosContext context)
    {
        var standbys = await context.StandbysAsync();
        return context.Random.Next(2) == 0 || standbys.Count == 0 ? await context.PrimaryAsync() : context.Any(standbys);
    }
}
