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

    /// <summary>Data that are out of use: during a rewind, or until their replacement streams.</summary>
    public Data? OldCopy { get; init; }

    /// <summary>The data were put in use by a join and not started since.</summary>
    public bool Joined { get; init; }

    /// <summary>The old copy can never follow.</summary>
    public bool Unusable { get; init; }

    public PodState? Pod { get; init; }

    /// <summary>The job on its volume, which runs, or has ended and was not read yet.</summary>
    public JoinJob? Job { get; init; }

    /// <summary>The restore job on its volume that runs, or has ended and was not read yet.</summary>
    public RestoreJob? Restore { get; init; }

    /// <summary>The request for which its data were restored.</summary>
    public string? Restored { get; init; }

    /// <summary>Its slots by name, and whether each keeps WAL. Which standby streams through them follows from the world.</summary>
    public ImmutableSortedDictionary<string, bool> Slots { get; init; } = ImmutableSortedDictionary<string, bool>.Empty;

    /// <summary>The pod was created and its container was not: the call was interrupted.</summary>
    public bool HalfMade { get; init; }

    /// <summary>Reached by the operator and by its peers.</summary>
    public bool Reachable { get; init; } = true;

    /// <summary>Ended by a crash: the restart policy may start it again. What was stopped through the target stays down.</summary>
    public bool Crashed { get; init; }

    /// <summary>PostgreSQL ended by a fast shutdown, not by a crash.</summary>
    public bool EndedCleanly { get; init; }

    /// <summary>pg_promote was sent, and the operator did not see the result.</summary>
    public bool Promoting { get; init; }

    public DateTimeOffset? StoppedAt { get; init; }

    /// <summary>The configuration in its volume, and the one that it has loaded, by their hashes.</summary>
    public string? Written { get; init; }

    public string? Loaded { get; init; }

    /// <summary>Which standbys commits wait for by its file, and by what it has loaded.</summary>
    public string Waits { get; init; } = "";

    public string WaitsInForce { get; init; } = "";

    /// <summary>The image that its pod was made from; null where the pod does not tell.</summary>
    public string? MadeFrom { get; init; }

    /// <summary>It runs with other parameters than a restart would give it.</summary>
    public bool Pending { get; init; }

    public bool Runs => Pod == PodState.Running && Data is not null;

    public bool Answers => Runs && Reachable;

    /// <summary>Accepts writes, or would as soon as it is resumed.</summary>
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
        Loaded = Written,
        WaitsInForce = Waits,
    };

    /// <summary>A slot for every other instance, as in a cluster that was left alone.</summary>
    public Instance WithSlots(IEnumerable<string> all) => Data is null ? this : this with
    {
        Slots = all.Where(name => name != Name).ToImmutableSortedDictionary(Names.Slot, _ => !Data.Standby),
    };
}
