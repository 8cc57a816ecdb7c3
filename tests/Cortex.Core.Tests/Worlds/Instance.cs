using System.Collections.Immutable;
using Cortex.Core.Naming;
using Cortex.Core.Planning;

namespace Cortex.Core.Tests.Worlds;

/// <summary>One instance as it really is.</summary>
internal sealed record Instance(string Name)
{
    public bool Volume { get; init; }

    /// <summary>Null while the volume is missing, empty or half filled.</summary>
    public Data? Data { get; init; }

    /// <summary>Data that are out of use, while they are rewound or until their replacement streams.</summary>
    public Data? OldCopy { get; init; }

    /// <summary>The data were put in use by a join and not started since.</summary>
    public bool Joined { get; init; }

    /// <summary>The old copy can never follow.</summary>
    public bool Unusable { get; init; }

    public PodState? Pod { get; init; }

    /// <summary>What works on its volume, or has ended and was not read yet.</summary>
    public JoinJob? Job { get; init; }

    /// <summary>The restore that works on its volume, or has ended and was not read yet.</summary>
    public RestoreJob? Restore { get; init; }

    /// <summary>The request that its data were restored for.</summary>
    public string? Restored { get; init; }

    /// <summary>Its slots by name, and whether each keeps WAL. Who streams through them follows from the world.</summary>
    public ImmutableSortedDictionary<string, bool> Slots { get; init; } = ImmutableSortedDictionary<string, bool>.Empty;

    /// <summary>The pod was made, its container was not: the call was cut in half.</summary>
    public bool HalfMade { get; init; }

    /// <summary>Reached by the operator and by its peers.</summary>
    public bool Reachable { get; init; } = true;

    /// <summary>Ended by a crash: the restart policy may start it again. What was stopped through the target stays down.</summary>
    public bool Crashed { get; init; }

    /// <summary>PostgreSQL ended by a fast shutdown, not by a crash.</summary>
    public bool EndedCleanly { get; init; }

    /// <summary>pg_promote was sent, and whoever sent it did not see the end.</summary>
    public bool Promoting { get; init; }

    public DateTimeOffset? StoppedAt { get; init; }

    /// <summary>The configuration that lies in its volume, and the one that it has loaded, by their hashes.</summary>
    public string? Laid { get; init; }

    public string? Loaded { get; init; }

    /// <summary>What its file says of whom commits wait for, and what it has loaded of that.</summary>
    public string Waits { get; init; } = "";

    public string WaitsInForce { get; init; } = "";

    /// <summary>The image that its pod was made from; null where the pod does not say.</summary>
    public string? MadeFrom { get; init; }

    /// <summary>It runs with other parameters than a restart would give it.</summary>
    public bool Pending { get; init; }

    public bool Runs => Pod == PodState.Running && Data is not null;

    public bool Answers => Runs && Reachable;

    /// <summary>Takes writes, or would as soon as it is thawed.</summary>
    public bool MayWrite => Pod is PodState.Running or PodState.Paused && Data is { Standby: false };

    public Instance Stopped(DateTimeOffset at, bool crashed = false) => this with
    {
        Pod = PodState.Exited,
        HalfMade = false,
        Crashed = crashed,
        EndedCleanly = Pod == PodState.Running ? !crashed : EndedCleanly,
        Promoting = false,
        StoppedAt = Pod == PodState.Exited ? StoppedAt : at,
    };

    public Instance Started() => this with
    {
        Pod = Data is null ? PodState.Exited : PodState.Running,
        Pending = false,
        HalfMade = false,
        Crashed = Data is null,
        EndedCleanly = false,
        Joined = false,
        StoppedAt = null,
        Volume = true,
        Loaded = Laid,
        WaitsInForce = Waits,
    };

    /// <summary>A slot for every other instance, as they are in a cluster that was left alone.</summary>
    public Instance WithSlots(IEnumerable<string> all) => Data is null ? this : this with
    {
        Slots = all.Where(name => name != Name).ToImmutableSortedDictionary(Names.Slot, _ => !Data.Standby),
    };
}
