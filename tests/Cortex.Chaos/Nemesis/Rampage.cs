using Cortex.Chaos.Record;

namespace Cortex.Chaos.Nemesis;

/// <summary>One fault after the other: made, held for a while, mended, and the cluster given its time to be whole again.</summary>
internal static class Rampage
{
    /// <summary>Until the time is over, the list is through, or the cluster does not become whole.</summary>
    public static async Task RunAsync(Scene scene, CancellationToken stop)
    {
        var end = scene.History.Now + TimeSpan.FromMinutes(scene.Options.Minutes);
        foreach (var fault in Choose(scene))
        {
            if (stop.IsCancellationRequested || (!scene.Options.Once && scene.History.Now > end))
            {
                return;
            }

            if (!await MakeAsync(scene, fault))
            {
                return;
            }

            await scene.PauseAsync(300, 2000);
        }
    }

    /// <summary>The named ones, or all; in order once, or at random without an end.</summary>
    private static IEnumerable<Fault> Choose(Scene scene)
    {
        var among = scene.Options.Faults.Count == 0 ? Fault.All : [.. scene.Options.Faults.Select(name => Fault.All.Single(one => one.Name == name))];
        return scene.Options.Once ? among : Endless(scene, among);
    }

    private static IEnumerable<Fault> Endless(Scene scene, IReadOnlyList<Fault> among)
    {
        while (true)
        {
            yield return scene.Any(among);
        }
    }

    private static async Task<bool> MakeAsync(Scene scene, Fault fault)
    {
        var begun = scene.History.Now;
        if (await fault.BeginAsync(scene) is not { } harm)
        {
            scene.Tell($"{fault.Name} could not be made");
            return true;
        }

        scene.History.Add(new FaultBegun(begun, "nemesis", fault.Name, harm.On));
        scene.Say($"{fault.Name} {harm.On}");
        await scene.PauseAsync(200, (int)scene.Options.Hold.TotalMilliseconds);
        await harm.HealAsync();
        scene.History.Add(new FaultHealed(scene.History.Now, "nemesis", fault.Name));
        return await Wholeness.AwaitAsync(scene, fault.Name);
    }
}
