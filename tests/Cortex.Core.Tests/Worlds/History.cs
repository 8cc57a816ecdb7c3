using System.Collections.Immutable;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Tests.Builders;

namespace Cortex.Core.Tests.Worlds;

/// <summary>
/// One life of one cluster, from nothing or of three instances that replicate synchronously: passes, edits, and faults, all drawn from a
/// seed.
/// </summary>
internal sealed class History(int seed, bool replicating = false)
{
    /// <summary>Accidents by number, those that a promotion may lose something by more often.</summary>
    private static readonly int[] OfReplication = [0, 2, 2, 3, 3, 3, 3, 7, 7, 8, 10, 11];

    private readonly Random chance = new(seed);
    private readonly List<string> log = [];

    public IReadOnlyList<string> Log => log;

    /// <summary>Lives through faults, then is left alone and must come to rest.</summary>
    public World Live(Rest rest)
    {
        var world = replicating ? Replicating() : new World { Spec = AnySpec() };
        for (var turns = replicating ? chance.Next(8, 30) : chance.Next(3, 15); turns > 0; turns--)
        {
            world = Turn(world);
        }

        log.Add("left alone");
        world = world with { Image = new ImageSeen(world.Image.Facts ?? Given.Image, null) };
        if (replicating)
        {
            world = world.Instances.Values.Aggregate(world, (now, instance) => now.With(instance with { Reachable = true }));
        }

        return rest.From(world.Later());
    }

    /// <summary>A healthy cluster in synchronous mode, of which nothing is recorded yet.</summary>
    private World Replicating()
    {
        var names = Names.Instances("cortex", 3);
        var data = new Data(Given.System, new Line(1, null, 0), 100, Standby: true);
        var replication = Replication() with { Mode = ReplicationMode.Synchronous };
        var spec = new ClusterSpec { Instances = 3, Replication = replication, DeletionPolicy = AnyPolicy() };
        var certificates = Given.Certificates(spec, Given.Now).ToImmutableDictionary();
        // As they were while no commit waited for a standby.
        var before = new World { Spec = spec with { Replication = new() }, Certificates = certificates };
        return new World
        {
            Spec = spec,
            Status = Given.Led(),
            Instances = names
                .Select(name => Running(name, before.Configuration(name), data with { Standby = name != Given.Pr }).WithSlots(names))
                .ToImmutableSortedDictionary(instance => instance.Name, instance => instance),
            Certificates = certificates,
            Secrets = [.. Names.Secrets("cortex", 3)],
            Network = true,
            Application = true,
        };
    }

    private static Instance Running(string name, string configuration, Data data) =>
        new(name) { Volume = true, Pod = PodState.Running, Written = configuration, Loaded = configuration, Data = data };

    private ClusterSpec AnySpec() =>
        new() { Replication = Replication(), Instances = chance.Next(1, 5), DeletionPolicy = AnyPolicy() };

    private DeletionPolicy AnyPolicy() => chance.Next(4) == 0 ? DeletionPolicy.Delete : DeletionPolicy.Retain;

    private World Turn(World world)
    {
        var seen = world.Observe();
        // The world changes between observation and action.
        var now = chance.Next(4) == 0 ? Accident(world).Written(chance) : world;
        var pass = new Pass(now, now == world ? null : seen);
        var steps = pass.Steps.Count;
        var (count, mishap) = steps > 0 && chance.Next(3) == 0 ? (chance.Next(steps), (Mishap)chance.Next(4)) : (int.MaxValue, Mishap.None);
        var failure = count == int.MaxValue ? "" : $" -- {mishap} at step {count + 1}";
        log.Add($"pass: {string.Join(", ", pass.Steps.Select(step => step.Says))}{failure}");
        var after = pass.Run(count, mishap).Written(chance);
        after = (chance.Next(2) == 0 ? after : after.Settled()).Kept(log[^1]);
        Invariants.OneWriter(now, after, log[^1]);
        return chance.Next(2) == 0 ? Accident(after.Later(chance.Next(4))) : after.Later(chance.Next(4));
    }

    private World Accident(World world)
    {
        var names = Names.Instances("cortex", world.Spec.Instances);
        var one = world[names[chance.Next(names.Count)]];
        var (what, after) = (replicating ? OfReplication[chance.Next(OfReplication.Length)] : chance.Next(16)) switch
        {
            0 or 1 when one.Runs => ("crashes", world.With(one.Stopped(world.Now, crashed: true))),
            2 when one.Crashed => ("comes back by itself", world.With(one.Started())),
            3 when one.Runs => (one.Reachable ? "is cut off" : "is reached again", world.With(one with { Reachable = !one.Reachable })),
            4 when one.Runs => ("is frozen", world.With(one with { Pod = PodState.Paused })),
            5 when one.Pod == PodState.Paused => ("is thawed", world.With(one with { Pod = PodState.Running })),
            6 when one.Pod is not null =>
                ("loses its pod", world.With(one.Stopped(world.Now, crashed: true) with { Pod = null, Crashed = false })),
            7 => ("is requested", Edit(world, world.Spec with { Promote = chance.Next(5) == 0 ? null : one.Name })),
            8 => ("and others are counted again", Edit(world, world.Spec with { Instances = chance.Next(1, 5) })),
            9 when chance.Next(4) == 0 => ("has an invalid spec, or a valid one again", Edit(world, OtherDatabase(world.Spec))),
            10 => ("and its peers should replicate in another way", Edit(world, world.Spec with { Replication = Replication() })),
            11 when chance.Next(3) == 0 => (
                "may lose what was acknowledged, or not",
                Edit(world, world.Spec with { PromoteAllowDataLoss = !world.Spec.PromoteAllowDataLoss })),
            12 => (
                "has an image that is not known yet",
                world with { Image = world.Image.Facts is null ? new(Given.Image, null) : new(null, null) }),
            13 when world.Image.Facts is { } facts => (
                "has an image that was built again", world with { Image = new ImageSeen(facts with { Id = $"{facts.Id}'" }, null) }),
            15 when one is { Pod: PodState.Exited, Data.Standby: true, Job: null or { End: not null } } =>
                ("is started by hand", world.With(one.Started())),
            14 => ("has parameters that wait for a restart", Parameters(world)),
            _ => ("", world),
        };
        if (what.Length > 0)
        {
            log.Add($"   {one.Name} {what}");
        }

        Invariants.OneWriter(world, after, $"{one.Name} {what}");
        return after;
    }

    private static ClusterSpec OtherDatabase(ClusterSpec spec) =>
        spec with { Database = new() { Name = spec.Database.Name == "app" ? "postgres" : "app" } };

    private ReplicationSpec Replication() =>
        new() { Mode = (ReplicationMode)chance.Next(2), Durability = (Durability)chance.Next(2) };
    private World Parameters(World world) => world.Instances.Values.Where(instance => instance.Runs).Aggregate(
        Edit(world, world.Spec with { PrimaryUpdate = (PrimaryUpdate)chance.Next(2) }),
        (now, instance) => now.With(instance with { Pending = true }));

    private static World Edit(World world, ClusterSpec spec) => world with { Spec = spec, Generation = world.Generation + 1 };
}
