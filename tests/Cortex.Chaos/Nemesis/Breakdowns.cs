using Cortex.Chaos.Place;
using Cortex.Chaos.Record;

namespace Cortex.Chaos.Nemesis;

/// <summary>What breaks by itself: processes, containers, networks, disks, and those who look after them.</summary>
internal static class Breakdowns
{
    private const int PauseAttempts = 4;
    private static readonly TimeSpan PauseRetryDelay = TimeSpan.FromMilliseconds(500);

    public static async Task<Harm?> KillPostgresAsync(Scene scene, bool child)
    {
        var instance = await AnyAsync(scene);
        return await Node.KillAsync(instance, child, scene.Random) ? Harm.Passing(instance) : null;
    }

    public static async Task<Harm?> KillContainerAsync(Scene scene) => await KillContainerAsync(scene, await AnyAsync(scene));

    public static async Task<Harm?> PauseAsync(Scene scene) => await PauseAsync(scene, await AnyAsync(scene));

    public static async Task<Harm?> CutNetworkAsync(Scene scene) => await CutNetworkAsync(scene, await AnyAsync(scene));

    public static async Task<Harm?> KillContainerAsync(Scene scene, string instance) =>
        (await Podman.RunAsync("kill", Node.Container(instance))).Succeeded ? Harm.Passing(instance) : null;

    public static async Task<Harm?> RemovePodAsync(Scene scene)
    {
        var instance = await AnyAsync(scene);
        return (await Podman.RunAsync("pod", "rm", "-f", "-t", "0", instance)).Succeeded ? Harm.Passing(instance) : null;
    }

    /// <summary>Frozen, not dead: it comes back in the middle of whatever it did.</summary>
    public static async Task<Harm?> PauseAsync(Scene scene, string instance)
    {
        for (var attempt = 0; attempt < PauseAttempts; attempt++)
        {
            var pause = await Podman.RunAsync("pause", Node.Container(instance));
            if (pause.Succeeded)
            {
                return new Harm(instance, () => Podman.RunAsync("unpause", Node.Container(instance)));
            }

            // It may have been stopped by a promotion, or be starting just now.
            scene.History.Add(new Noted(scene.History.Now, "nemesis", $"{instance} could not be paused: {pause.Said.Trim()}"));
            await Task.Delay(PauseRetryDelay);
        }

        return null;
    }

    public static async Task<Harm?> CutNetworkAsync(Scene scene, string instance) =>
        await Node.CutAsync(instance) is { } mend ? new Harm(instance, mend) : null;

    public static async Task<Harm?> FillDiskAsync(Scene scene)
    {
        var instance = await AnyAsync(scene);
        await scene.Disks.FillAsync(instance);
        return new Harm(instance, () =>
        {
            scene.Disks.Free(instance);
            return Task.CompletedTask;
        });
    }

    public static Task<Harm?> KillOperatorAsync(Scene scene)
    {
        scene.Operator.Kill();
        return Task.FromResult<Harm?>(new Harm("operator", scene.RestartOperatorAsync));
    }

    public static async Task<Harm?> KillPodmanAsync(Scene scene)
    {
        await scene.Store.KillServiceAsync();
        return new Harm("podman", scene.Store.StartServiceAsync);
    }

    /// <summary>The primary as often as all others together: it is the one that matters.</summary>
    private static async Task<string> AnyAsync(Scene scene)
    {
        var standbys = await scene.StandbysAsync();
        return scene.Random.Next(2) == 0 || standbys.Count == 0 ? await scene.PrimaryAsync() : scene.Any(standbys);
    }
}
