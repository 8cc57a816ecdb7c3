using System.Collections.Immutable;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Tests.Builders;

namespace Cortex.Core.Tests.Worlds;

/// <summary>One life of one cluster from nothing on: passes, wishes, and what goes wrong, all drawn from a seed.</summary>
internal sealed class History(int seed)
{
    private readonly Random chance = new(seed);
    private readonly List<string> log = [];

    public IReadOnlyList<string> Log => log;

    /// <summary>Lives through trouble, then is left alone and must come to rest.</summary>
    public World Live(Rest rest)
    {
        var world = new World { Spec = new ClusterSpec { Instances = chance.Next(1, 4), DeletionPolicy = chance.Next(4) == 0 ? DeletionPolicy.Delete : DeletionPolicy.Retain } };
        for (var turns = chance.Next(3, 15); turns > 0; turns--)
        {
            world = Turn(world);
        }

        log.Add("left alone");
        world = world with { Image = new ImageSeen(world.Image.Facts ?? Given.Image, null) };
        return rest.From(world.Later());
    }

    private World Turn(World world)
    {
        var seen = world.Observe();
        // The world moves on between the look and the act.
        var now = chance.Next(4) == 0 ? Accident(world) : world;
        var pass = new Pass(now, now == world ? null : seen);
        var steps = pass.Steps.Count;
        var (count, mishap) = steps > 0 && chance.Next(3) == 0 ? (chance.Next(steps), (Mishap)chance.Next(4)) : (int.MaxValue, Mishap.None);
        log.Add($"pass: {string.Join(", ", pass.Steps.Select(step => step.Says))}{(count == int.MaxValue ? "" : $" -- {mishap} at step {count + 1}")}");
        var after = Write(pass.Run(count, mishap)).Settled();
        Invariants.OneWriter(now, after, log[^1]);
        return chance.Next(2) == 0 ? Accident(after.Later(chance.Next(4))) : after.Later(chance.Next(4));
    }

    /// <summary>Clients write wherever somebody takes it.</summary>
    private World Write(World world) => world.Instances.Values.Where(one => one is { Answers: true, Data.Standby: false })
        .Aggregate(world, (now, one) => now.With(one with { Data = one.Data! with { Lsn = one.Data.Lsn + chance.Next(3) } }));

    private World Accident(World world)
    {
        var names = Names.Instances("cortex", world.Spec.Instances);
        var one = world[names[chance.Next(names.Count)]];
        var (what, after) = chance.Next(13) switch
        {
            0 or 1 when one.Runs => ("crashes", world.With(one.Stopped(world.Now, crashed: true))),
            2 when one.Crashed => ("comes back by itself", world.With(one.Started())),
            3 when one.Runs => (one.Reachable ? "is cut off" : "is reached again", world.With(one with { Reachable = !one.Reachable })),
            4 when one.Runs => ("is frozen", world.With(one with { Pod = PodState.Paused })),
            5 when one.Pod == PodState.Paused => ("is thawed", world.With(one with { Pod = PodState.Running })),
            6 when one.Pod is not null => ("loses its pod", world.With(one.Stopped(world.Now, crashed: true) with { Pod = null, Crashed = false })),
            7 => ("is wished for", Wish(world, world.Spec with { Promote = chance.Next(5) == 0 ? null : one.Name })),
            8 => ("and others are counted anew", Wish(world, world.Spec with { Instances = chance.Next(1, 4) })),
            9 when chance.Next(4) == 0 => ("has a spec that is wrong", Wish(world, world.Spec with { Database = new() { Name = world.Spec.Database.Name == "app" ? "postgres" : "app" } })),
            10 => ("has an image that is not known yet", world with { Image = world.Image.Facts is null ? new(Given.Image, null) : new(null, null) }),
            11 when world.Image.Facts is { } facts => ("has an image that is built anew", world with { Image = new ImageSeen(facts with { Id = $"{facts.Id}'" }, null) }),
            12 => ("has parameters that wait for a restart", Parameters(world)),
            _ => ("", world),
        };
        if (what.Length > 0)
        {
            log.Add($"   {one.Name} {what}");
        }

        Invariants.OneWriter(world, after, $"{one.Name} {what}");
        return after;
    }

    private World Parameters(World world) => world.Instances.Values.Where(one => one.Runs).Aggregate(
        Wish(world, world.Spec with { PrimaryUpdate = (PrimaryUpdate)chance.Next(2) }), (now, one) => now.With(one with { Pending = true }));

    private static World Wish(World world, ClusterSpec spec) => world with { Spec = spec, Generation = world.Generation + 1 };
}
