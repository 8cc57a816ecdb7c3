using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;

namespace Cortex.Core.Tests.Worlds;

/// <summary>What the observer would see of a world.</summary>
internal static class Looking
{
    public static Observation Observe(this World world)
    {
        var cluster = world.Cluster;
        var inventory = new Inventory
        {
            NetworkExists = world.Network,
            Pods = [.. world.Instances.Values.Where(instance => instance.Pod is not null).Select(Pod)],
            Volumes = [.. world.Instances.Values.Where(one => one.Volume).Select(one => new VolumeSeen(Names.Volume(one.Name), one.Name))],
            Secrets = [.. world.Secrets.Select(name => new SecretSeen(name, "1"))],
            Jobs =
            [
                .. world.Instances.Values.Where(instance => instance.Job is not null).Select(Job),
                .. world.Instances.Values.Where(instance => instance.Restore is not null).Select(Restoring.Seen),
            ],
        };
        var canAsk = world.Certificates.ContainsKey(Names.OperatorCertificate(cluster.Metadata.Name));
        var answers = ObservationScope.Servers(inventory).Select(name => world[name]).Where(instance => canAsk && instance.Answers)
            .ToDictionary(instance => instance.Name, instance => Answer(world, instance));
        var scope = new ObservationScope(cluster, inventory, answers);
        return new Observation
        {
            Cluster = world.Name,
            Inventory = inventory,
            Image = world.Image,
            Certificates = world.Certificates,
            Postgres = answers,
            Control = world.Found(scope.ControlFiles).ToDictionary(instance => instance.Name, Left),
            Data = world.Found(world.Image.Facts is null ? [] : scope.DataDirectories)
                .ToDictionary(
                    instance => instance.Name,
                    one => new DataSeen(one.Data!.System, one.Data.Line.Number, one.Data.Standby) { Restored = one.Restored }),
            KeptData = world.Kept.Where(name => world[name].Volume).ToDictionary(name => name, _ => "its data are kept"),
            WrittenRevisions = world.Instances.Values.Where(instance => instance.Written is not null)
                .ToDictionary(instance => instance.Name, instance => instance.Written!),
            RestoreSource = Restoring.Source(world),
            ApplicationReady = scope.DatabaseServer is null ? default : new(true, world.Application),
        };
    }

    /// <summary>The configuration that an instance of this world should have.</summary>
    public static string Configuration(this World world, string instance)
    {
        var seen = new Observation
        {
            Cluster = world.Name,
            Inventory = Inventory.Empty,
            Image = world.Image,
            Certificates = world.Certificates,
        };
        return WantedConfiguration.Of(new Situation(world.Cluster, seen, world.Now), instance).Revision;
    }

    /// <summary>Those that have data to be read.</summary>
    private static IEnumerable<Instance> Found(this World world, IEnumerable<string> instances) =>
        instances.Select(name => world[name]).Where(instance => instance.Data is not null);

    private static JobSeen Job(Instance instance) =>
        JobSeen.OfJoin(instance.Name, instance.Job!.From, instance.Job.Timeline ?? 1, (int?)instance.Job.End) with
        {
            Revision = instance.Written,
        };

    private static PodSeen Pod(Instance instance)
    {
        if (instance.HalfMade)
        {
            return new PodSeen(instance.Name, PodState.Unknown);
        }

        var isExited = instance.Pod == PodState.Exited;
        return new PodSeen(instance.Name, instance.Pod!.Value, isExited ? 0 : null, 0, "image", isExited ? instance.StoppedAt : null)
        {
            ImageId = instance.MadeFrom,
        };
    }

    private static PostgresSeen Answer(World world, Instance instance) => new()
    {
        InRecovery = instance.Data!.Standby,
        SystemIdentifier = instance.Data.System,
        Timeline = instance.Data.Line.Number,
        Lsn = Wal.At(instance.Data.Lsn).Bytes,
        Streaming = world.SourceOf(instance) is not null,
        History = instance.Data.Standby ? null : instance.Data.Line.History(),
        Slots = instance.Slots.ToDictionary(
            slot => slot.Key, slot => new SlotSeen(Uses(world, instance, slot.Key), slot.Value, Lost: false)),
        PendingRestart = instance.Pending ? ["shared_buffers"] : [],
        HasOldCopy = instance.OldCopy is not null,
        Revision = instance.Loaded,
        SynchronousNames = instance.WaitsInForce,
        OnlyTls = true,
        Standbys = instance.Data.Standby
            ? new Dictionary<string, long>()
            : world.Instances.Values.Where(other => world.SourceOf(other)?.Name == instance.Name)
                .ToDictionary(other => other.Name, other => instance.Data.Lsn - other.Data!.Lsn),
    };

    private static ControlFile Left(Instance instance) => new(
        instance.Data!.System,
        (instance.Data.Standby, instance.EndedCleanly) switch
        {
            (false, true) => ControlState.ShutDown,
            (false, false) => ControlState.InProduction,
            (true, true) => ControlState.ShutDownInRecovery,
            (true, false) => ControlState.InArchiveRecovery,
        },
        Wal.ShutdownBefore(instance.Data.Lsn),
        instance.Data.Line.Number,
        instance.Data.Standby ? new WalPosition((uint)instance.Data.Line.Number, Wal.At(instance.Data.Lsn)) : null);

    /// <summary>A slot is in use when the standby that it is for streams from here.</summary>
    private static bool Uses(World world, Instance instance, string slot) =>
        world.Instances.Values.Any(other => Names.Slot(other.Name) == slot && world.SourceOf(other)?.Name == instance.Name);
}
