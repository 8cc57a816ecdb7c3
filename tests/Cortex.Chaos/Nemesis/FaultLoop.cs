using Cortex.Chaos.Record;

namespace Cortex.Chaos.Nemesis;

/// <summary>Injects one fault after the other: each is held for a while and ended, and then the cluster must recover.</summary>
internal static class FaultLoop
{
    /// <summary>Runs until the time or the list is over, or the cluster does not recover.</summary>
    public static async Task RunAsync(ChaosContext context, CancellationToken stop)
    {
        var end = context.History.Now + TimeSpan.FromMinutes(context.Options.Minutes);
        foreach (var fault in Choose(context))
        {
            if (stop.IsCancellationRequested || (!context.Options.Once && context.History.Now > end))
            {
                return;
            }

            if (!await InjectAsync(context, fault))
            {
                return;
            }

            await context.PauseAsync(300, 2000);
        }
    }

    /// <summary>The named faults, or all faults; in order once, or at random without an end.</summary>
    private static IEnumerable<Fault> Choose(ChaosContext context)
    {
        var choices = context.Options.Faults.Count == 0
            ? Fault.All
            : [.. context.Options.Faults.Select(name => Fault.All.Single(fault => fault.Name == name))];
        return context.Options.Once ? choices : Endless(context, choices);
    }

    private static IEnumerable<Fault> Endless(ChaosContext context, IReadOnlyList<Fault> choices)
    {
        while (true)
        {
            yield return context.Any(choices);
        }
    }

    private static async Task<bool> InjectAsync(ChaosContext context, Fault fault)
    {
        var begun = context.History.Now;
        if (await fault.BeginAsync(context) is not { } active)
        {
            context.Note($"{fault.Name} could not be injected");
            return true;
        }

        context.History.Add(new FaultBegun(begun, "nemesis", fault.Name, active.On));
        context.Print($"{fault.Name} {active.On}");
        await context.PauseAsync(200, (int)context.Options.LongestFault.TotalMilliseconds);
        await active.EndAsync();
        context.History.Add(new FaultEnded(context.History.Now, "nemesis", fault.Name));
        return await RecoveryCheck.AwaitAsync(context, fault.Name);
    }
}
