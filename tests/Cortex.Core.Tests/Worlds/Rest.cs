using System.Collections.Concurrent;
using Cortex.Core.Planning;

namespace Cortex.Core.Tests.Worlds;

/// <summary>
/// Progress: left alone, every world comes to rest, and at rest either everything is as requested or there is a reason. May be used by
/// several threads.
/// </summary>
internal sealed class Rest
{
    private const int MostPasses = 40;

    /// <summary>
    /// Worlds that came to rest. A world on the way is not one of them: passes that go round in a circle are never at rest.
    /// </summary>
    private readonly ConcurrentDictionary<string, bool> known = [];

    /// <summary>How many different worlds came to rest so far.</summary>
    public int Worlds => known.Count;

    /// <summary>Runs passes without a mishap until one has nothing to do, or has come to rest before.</summary>
    public World From(World world)
    {
        List<string> path = [];
        List<string> keys = [];
        var next = world.Settled();
        for (var passes = 0; passes < MostPasses && !next.Released; passes++)
        {
            var key = next.Key;
            // The key does not tell what was acknowledged to clients, so the end of such a world is judged by itself.
            if (known.ContainsKey(key) && (passes == 0 || next.Acknowledged is null))
            {
                return Known(keys, next);
            }

            keys.Add(key);
            var pass = new Pass(next);
            path.Add(pass.Steps.Count == 0 ? "nothing" : string.Join(", ", pass.Steps.Select(step => step.Says)));
            var before = next;
            next = pass.Run().Settled();
            Invariants.OneWriter(before, next, path[^1]);
            if (pass.Steps.Count == 0 && !next.HasWork)
            {
                IsSound(next, pass.Plan);
                return Known(keys, next);
            }

            next = next.Later();
        }

        return next.Released
            ? Known(keys, next)
            : throw new BrokenInvariant($"no rest after {MostPasses} passes: {string.Join(" / ", path)}");
    }

    private World Known(List<string> keys, World world)
    {
        keys.ForEach(key => known.TryAdd(key, true));
        return world;
    }

    private static void IsSound(World world, Plan plan)
    {
        var isIdle = plan is { IsIdle: true, PromotionBlocked: null };
        if (isIdle && world[world.Status?.Primary ?? ""] is not { Answers: true, Data.Standby: false })
        {
            throw new BrokenInvariant($"nothing is left to do, and {world.Status?.Primary ?? "no instance"} is not the primary");
        }

        if (isIdle && world.Instances.Values.FirstOrDefault(instance => IsOutdated(world, instance)) is { } old)
        {
            throw new BrokenInvariant($"nothing is left to do, and {old.Name} is still to be restarted");
        }

        var hasHoldWithoutReason = plan.Holds.Any(hold => string.IsNullOrWhiteSpace(hold.Why));
        if (hasHoldWithoutReason || plan.Refusal is { What: "" } || plan.PromotionBlocked is { What: "" })
        {
            throw new BrokenInvariant("it waits without a reason");
        }
    }

    private static bool IsOutdated(World world, Instance instance) => instance.Pod is not null
        && (instance.Pending || (instance.MadeFrom ?? world.Image.Facts?.Id) != world.Image.Facts?.Id);
}
