using System.Text.RegularExpressions;
using Cortex.Chaos.Machines;
using Cortex.Chaos.Record;
using Cortex.Core.Api;

namespace Cortex.Chaos.Nemesis;

/// <summary>Promotions of a healthy cluster, promotions during a fault, and promotions that must be refused.</summary>
internal static partial class PromotionFaults
{
    private const string Refused = "refused";

    /// <summary>
    /// The cluster is healthy, so the switchover must succeed. On a machine under load, a server may answer late and be taken for silent at
    /// first.
    /// </summary>
    public static async Task<ActiveFault?> SwitchoverAsync(ChaosContext context)
    {
        if (await ChooseAsync(context) is not var (from, to))
        {
            return null;
        }

        await context.TryPromoteAsync(to);
        if (await OutcomeAsync(context, to, ignoreRefusals: true) is var outcome && outcome != to)
        {
            context.History.Add(
                new BrokenPromise(context.History.Now, "nemesis", $"the switchover {from} -> {to}, of a healthy cluster: {outcome}"));
        }

        return new ActiveFault($"{from} -> {to}", () => context.TryPromoteAsync(null));
    }

    /// <summary>A fault during a switchover. The switchover is either done or abandoned; the primary is known in both cases.</summary>
    public static async Task<ActiveFault?> DisturbedSwitchoverAsync(
        ChaosContext context, Func<ChaosContext, string, string, Task<Func<Task>>> disturb)
    {
        if (await ChooseAsync(context) is not var (from, to))
        {
            return null;
        }

        await context.TryPromoteAsync(to);
        await context.PauseAsync(0, 600);
        var repair = await disturb(context, from, to);
        return new ActiveFault($"{from} -> {to}", async () =>
        {
            await repair();
            context.Note($"{from} -> {to}: {await OutcomeAsync(context, to)}");
            await context.TryPromoteAsync(null);
        });
    }

    /// <summary>A fault of the primary, and a failover to a standby, which must succeed in the end.</summary>
    public static async Task<ActiveFault?> FailoverAsync(ChaosContext context, Func<ChaosContext, string, Task<ActiveFault?>> breakDown)
    {
        if (await ChooseAsync(context) is not var (from, to) || await breakDown(context, from) is not { } active)
        {
            return null;
        }

        await context.PauseAsync(0, 1500);
        await context.TryPromoteAsync(to);
        return new ActiveFault($"{from} -> {to}", async () =>
        {
            var (target, outcome) = (to, await OutcomeAsync(context, to, ignoreRefusals: true));
            if (SuggestedInstance().Match(outcome) is { Success: true } advice)
            {
                // Another standby has received more data. The operator names it, and the promotion is requested for it.
                target = advice.Groups[1].Value;
                await context.TryPromoteAsync(target);
                outcome = await OutcomeAsync(context, target, ignoreRefusals: true);
            }

            if (outcome != target)
            {
                context.History.Add(
                    new BrokenPromise(
                        context.History.Now, "nemesis", $"the failover {from} -> {target}, with a standby that had streamed: {outcome}"));
            }

            await active.EndAsync();
            await context.TryPromoteAsync(null);
        });
    }

    /// <summary>
    /// The standby receives nothing for a while, then the primary dies. The failover is refused if another standby has more data, unless
    /// the user allows that rows are lost. Then the other instances have diverged, and must rejoin, too.
    /// </summary>
    public static async Task<ActiveFault?> FailoverBehindAsync(ChaosContext context, bool allowLoss)
    {
        if ((allowLoss && context.Options.Synchronous)
            || await ChooseAsync(context) is not var (from, to)
            || await Node.BlockReplicationAsync(to) is not { } repair)
        {
            return null;
        }

        await context.PauseAsync(500, 3000);
        await InfrastructureFaults.KillContainerAsync(context, from);
        await context.TryPromoteAsync(to, allowLoss);
        return new ActiveFault($"{from} -> {to}", async () =>
        {
            context.Note($"{from} -> {to}: {await OutcomeAsync(context, to)}");
            await repair();
            await context.TryPromoteAsync(null);
        });
    }

    /// <summary>A standby that does not answer must not become the primary, and the primary must not be stopped for it.</summary>
    public static async Task<ActiveFault?> PromoteAbsentAsync(ChaosContext context) =>
        await ChooseAsync(context) is var (_, to) && await InfrastructureFaults.PauseAsync(context, to) is { } active
            ? await RefusalAsync(context, to, active)
            : null;

    public static Task<ActiveFault?> PromoteUnknownAsync(ChaosContext context) =>
        RefusalAsync(context, $"{context.Cluster.Name}-s9", ActiveFault.Momentary("no instance"));

    public static async Task<Func<Task>> KillOperatorAsync(ChaosContext context, string from, string to) =>
        (await InfrastructureFaults.KillOperatorAsync(context))!.EndAsync;

    public static async Task<Func<Task>> KillPodmanAsync(ChaosContext context, string from, string to) =>
        (await InfrastructureFaults.KillPodmanAsync(context))!.EndAsync;

    public static async Task<Func<Task>> KillAsync(ChaosContext context, string instance)
    {
        await Podman.RunAsync("kill", Node.Container(instance));
        return () => Task.CompletedTask;
    }

    private static async Task<ActiveFault?> RefusalAsync(ChaosContext context, string to, ActiveFault active)
    {
        // The promotion is refused only after the operator has noticed that the standby does not answer.
        await Task.Delay(TimeSpan.FromSeconds(3));
        var primary = await context.PrimaryAsync();
        await context.TryPromoteAsync(to);
        var outcome = await OutcomeAsync(context, to);
        await context.TryPromoteAsync(null);
        if (!outcome.StartsWith(Refused, StringComparison.Ordinal) || await context.PrimaryAsync() != primary)
        {
            context.History.Add(
                new BrokenPromise(
                    context.History.Now, "nemesis", $"the promotion of {to}, which does not answer, was not refused: {outcome}"));
        }

        return active with { On = to };
    }

    private static async Task<(string From, string To)?> ChooseAsync(ChaosContext context)
    {
        var standbys = await context.StandbysAsync();
        return standbys.Count > 0 ? (await context.PrimaryAsync(), context.Any(standbys)) : null;
    }

    /// <summary>
    /// The name of the new primary, or the reason of the refusal. With <paramref name="ignoreRefusals"/> it waits although the promotion is
    /// refused, because the reason may be transient.
    /// </summary>
    private static async Task<string> OutcomeAsync(ChaosContext context, string to, bool ignoreRefusals = false)
    {
        var begun = context.History.Now;
        var last = "no answer";
        while (context.History.Now - begun < context.Options.RecoveryTimeout)
        {
            var now = await context.ReadAsync();
            if (now.Status is { Promotion: null, Primary: { } primary } && primary == to)
            {
                return to;
            }

            if (now.Status is { Promotion: null }
                && Cluster.Condition(now.Status, ConditionTypes.PromotionBlocked) is { Status: "True" } blocked
                && blocked.ObservedGeneration == now.Metadata.Generation)
            {
                last = $"{Refused}, {blocked.Message}";
                if (!ignoreRefusals || now.Status.AbandonedPromotion is not null)
                {
                    return last;
                }
            }

            await Task.Delay(50);
        }

        return $"not within {context.Options.RecoveryTimeout.TotalSeconds:0} s: {last}";
    }

    [GeneratedRegex("promote (\\S+), or set spec", RegexOptions.CultureInvariant)]
    private static partial Regex SuggestedInstance();
}
