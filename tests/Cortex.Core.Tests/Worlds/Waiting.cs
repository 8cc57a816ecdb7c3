using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;

namespace Cortex.Core.Tests.Worlds;

/// <summary>Commits that wait for standbys, and what was acknowledged to clients.</summary>
internal static class Waiting
{
    /// <summary>Which standbys commits of an instance should wait for, by its configuration.</summary>
    public static string Wanted(CortexCluster cluster, string name) =>
        SyncStandbys.Render(CommitWaits.Of(cluster.Metadata.Name, cluster.Spec, cluster.Status, name));

    public static void Suspend(Pass pass, Step.SuspendSynchronous step)
    {
        if (!step.Among.Any(name => Streams(pass.World, name, step.Primary)))
        {
            pass.Decide(Decisions.Suspended, step.Says);
        }
    }

    public static void Confirm(Pass pass, Step.ConfirmSynchronous step)
    {
        pass.Set(pass.World.Settled());
        if (!step.Among.Any(name => Streams(pass.World, name, step.Primary)))
        {
            throw new StepFailed("no standby confirms");
        }
    }

    /// <summary>
    /// Clients write to every server that accepts it. Some standbys have it at once, others only when the world settles. It is acknowledged
    /// when it need not wait, or when one of the standbys that it waits for has it.
    /// </summary>
    public static World Written(this World world, Random chance)
    {
        foreach (var writer in world.Instances.Values.Where(instance => instance is { Answers: true, Data.Standby: false }))
        {
            var data = writer.Data! with { Lsn = writer.Data.Lsn + chance.Next(3) };
            var received = world.Instances.Values.Where(one => Streams(world, one.Name, writer.Name) && chance.Next(2) == 0).ToList();
            var told = writer.WaitsInForce.Length == 0
                || SyncStandbys.Parse(writer.WaitsInForce)!.Any(name => received.Any(standby => standby.Name == name));
            world = received.Aggregate(
                world.With(writer with { Data = data }),
                (now, standby) => now.With(standby with { Data = data with { Standby = true } }));
            world = told && data.Lsn > writer.Data.Lsn ? world with { Acknowledged = (data.Line, data.Lsn) } : world;
        }

        return world;
    }

    /// <summary>I2: the primary of a later timeline has what was acknowledged to clients, unless the user asked for less.</summary>
    public static World Kept(this World world, string what)
    {
        var loser = world.Instances.Values.FirstOrDefault(one => one.Data is { Standby: false } data && world.Acknowledged is { } told
            && data.Line.Number > told.Line.Number && !data.Line.Contains(data.Lsn, told.Line, told.Lsn));
        if (loser is null)
        {
            return world.Status?.Promotion is null ? world with { MayLose = false } : world;
        }

        return world.MayLose
            ? world with { Acknowledged = null, MayLose = false }
            : throw new BrokenInvariant(
                $"I2: after \"{what}\" {loser.Name} leads without the write at {world.Acknowledged!.Value.Lsn} "
                    + $"of timeline {world.Acknowledged.Value.Line.Number}");
    }

    /// <summary>An asynchronous failover, and one that the user allowed, may lose something.</summary>
    public static World Risked(this World world, Step step) =>
        step is Step.BeginPromotion { Kind: PromotionKind.Failover } or Step.CommitPromotion or Step.Promote
            && (world.Spec.PromoteAllowDataLoss || world.Spec.Replication.Mode == ReplicationMode.Asynchronous)
            ? world with { MayLose = world.MayLose || world.Status?.Promotion is not { Kind: PromotionKind.Switchover } }
            : world;

    private static bool Streams(World world, string standby, string from) => world.SourceOf(world[standby])?.Name == from;
}
