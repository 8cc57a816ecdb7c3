using System.Text.RegularExpressions;
using Cortex.Chaos.Place;
using Cortex.Chaos.Record;
using Cortex.Core.Api;

namespace Cortex.Chaos.Nemesis;

/// <summary>Promotions, wished for with everything in order, in the middle of something, and where they must be refused.</summary>
internal static partial class Promotions
{
    private const string Refused = "refused";

    /// <summary>Everything is in order, so nothing may stand in the way.</summary>
    public static async Task<Harm?> SwitchoverAsync(Scene scene)
    {
        if (await ChooseAsync(scene) is not var (from, to))
        {
            return null;
        }

        await scene.WishAsync(to);
        if (await OutcomeAsync(scene, to) is var came && came != to)
        {
            scene.History.Add(new Broken(scene.History.Now, "nemesis", $"the switchover {from} -> {to}, with everything in order: {came}"));
        }

        return new Harm($"{from} -> {to}", () => scene.WishAsync(null));
    }

    /// <summary>Something breaks in the middle. Either it is done or it is given up; who is primary is then well known.</summary>
    public static async Task<Harm?> DisturbedSwitchoverAsync(Scene scene, Func<Scene, string, string, Task<Func<Task>>> disturb)
    {
        if (await ChooseAsync(scene) is not var (from, to))
        {
            return null;
        }

        await scene.WishAsync(to);
        await scene.PauseAsync(0, 600);
        var mend = await disturb(scene, from, to);
        return new Harm($"{from} -> {to}", async () =>
        {
            await mend();
            scene.Tell($"{from} -> {to}: {await OutcomeAsync(scene, to)}");
            await scene.WishAsync(null);
        });
    }

    /// <summary>The primary breaks, and somebody promotes another. Whatever stands in the way at first, it comes true.</summary>
    public static async Task<Harm?> FailoverAsync(Scene scene, Func<Scene, string, Task<Harm?>> breakDown)
    {
        if (await ChooseAsync(scene) is not var (from, to) || await breakDown(scene, from) is not { } harm)
        {
            return null;
        }

        await scene.PauseAsync(0, 1500);
        await scene.WishAsync(to);
        return new Harm($"{from} -> {to}", async () =>
        {
            var (wished, came) = (to, await OutcomeAsync(scene, to, patient: true));
            if (Better().Match(came) is { Success: true } advice)
            {
                // In the last moment the other one got more: the operator names it, and the user follows.
                wished = advice.Groups[1].Value;
                await scene.WishAsync(wished);
                came = await OutcomeAsync(scene, wished, patient: true);
            }

            if (came != wished)
            {
                scene.History.Add(new Broken(scene.History.Now, "nemesis", $"the failover {from} -> {wished}, with a standby that had streamed: {came}"));
            }

            await harm.HealAsync();
            await scene.WishAsync(null);
        });
    }

    /// <summary>
    /// The standby hears nothing for a while, then the primary dies. It is refused where another has more, unless the user allows that rows are lost:
    /// then it leaves the history of the others behind, and they have to come back too.
    /// </summary>
    public static async Task<Harm?> FailoverBehindAsync(Scene scene, bool allowLoss)
    {
        if ((allowLoss && scene.Options.Synchronous) || await ChooseAsync(scene) is not var (from, to) || await Node.DeafenAsync(to) is not { } mend)
        {
            return null;
        }

        await scene.PauseAsync(500, 3000);
        await Breakdowns.KillContainerAsync(scene, from);
        await scene.WishAsync(to, allowLoss);
        return new Harm($"{from} -> {to}", async () =>
        {
            scene.Tell($"{from} -> {to}: {await OutcomeAsync(scene, to)}");
            await mend();
            await scene.WishAsync(null);
        });
    }

    /// <summary>A standby that does not answer may not become the primary, and the primary may not be stopped for it.</summary>
    public static async Task<Harm?> WishForAbsentAsync(Scene scene) =>
        await ChooseAsync(scene) is var (_, to) && await Breakdowns.PauseAsync(scene, to) is { } harm ? await RefusalAsync(scene, to, harm) : null;

    public static Task<Harm?> WishForUnknownAsync(Scene scene) => RefusalAsync(scene, $"{scene.Cluster.Name}-s9", Harm.Passing("nobody"));

    public static async Task<Func<Task>> KillOperatorAsync(Scene scene, string from, string to) => (await Breakdowns.KillOperatorAsync(scene))!.HealAsync;

    public static async Task<Func<Task>> KillPodmanAsync(Scene scene, string from, string to) => (await Breakdowns.KillPodmanAsync(scene))!.HealAsync;

    public static async Task<Func<Task>> KillAsync(Scene scene, string instance)
    {
        await Podman.RunAsync("kill", Node.Container(instance));
        return () => Task.CompletedTask;
    }

    private static async Task<Harm?> RefusalAsync(Scene scene, string to, Harm harm)
    {
        // Told off only once the operator knows that it is silent; before that it would begin in good faith.
        await Task.Delay(TimeSpan.FromSeconds(3));
        var primary = await scene.PrimaryAsync();
        await scene.WishAsync(to);
        var came = await OutcomeAsync(scene, to);
        await scene.WishAsync(null);
        if (!came.StartsWith(Refused, StringComparison.Ordinal) || await scene.PrimaryAsync() != primary)
        {
            scene.History.Add(new Broken(scene.History.Now, "nemesis", $"the promotion of {to}, which does not answer, was not refused: {came}"));
        }

        return harm with { On = to };
    }

    private static async Task<(string From, string To)?> ChooseAsync(Scene scene)
    {
        var standbys = await scene.StandbysAsync();
        return standbys.Count > 0 ? (await scene.PrimaryAsync(), scene.Any(standbys)) : null;
    }

    /// <summary>The name of the new primary, or why there is none. Who is patient waits out a refusal: the wish stands, and its reason may pass.</summary>
    private static async Task<string> OutcomeAsync(Scene scene, string to, bool patient = false)
    {
        var begun = scene.History.Now;
        var last = "no answer";
        while (scene.History.Now - begun < scene.Options.Bound)
        {
            var now = await scene.ReadAsync();
            if (now.Status is { Promotion: null, Primary: { } primary } && primary == to)
            {
                return to;
            }

            if (now.Status is { Promotion: null } && Cluster.Condition(now.Status, ConditionTypes.PromotionBlocked) is { Status: "True" } blocked
                && blocked.ObservedGeneration == now.Metadata.Generation)
            {
                last = $"{Refused}, {blocked.Message}";
                if (!patient || now.Status.AbandonedPromotion is not null)
                {
                    return last;
                }
            }

            await Task.Delay(50);
        }

        return $"not within {scene.Options.Bound.TotalSeconds:0} s: {last}";
    }

    [GeneratedRegex("promote (\\S+), or set spec", RegexOptions.CultureInvariant)]
    private static partial Regex Better();
}
