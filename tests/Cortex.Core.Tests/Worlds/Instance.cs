using Cortex.Core.Planning;

namespace Cortex.Core.Tests.Worlds;

/// <summary>One instance as it really is.</summary>
internal sealed record Instance(string Name)
{
    public bool Volume { get; init; }

    /// <summary>Null while the volume is missing, empty or half filled.</summary>
    public Data? Data { get; init; }

    public PodState? Pod { get; init; }

    /// <summary>The pod was made, its container was not: the call was cut in half.</summary>
    public bool HalfMade { get; init; }

    /// <summary>Reached by the operator and by its peers.</summary>
    public bool Reachable { get; init; } = true;

    /// <summary>Ended by a crash: the restart policy may start it again. What was stopped through the target stays down.</summary>
    public bool Crashed { get; init; }

    /// <summary>pg_promote was sent, and whoever sent it did not see the end.</summary>
    public bool Promoting { get; init; }

    public DateTimeOffset? StoppedAt { get; init; }

    public string? Revision { get; init; }

    public bool Runs => Pod == PodState.Running && Data is not null;

    public bool Answers => Runs && Reachable;

    /// <summary>Takes writes, or would as soon as it is thawed.</summary>
    public bool MayWrite => Pod is PodState.Running or PodState.Paused && Data is { Standby: false };

    public Instance Stopped(DateTimeOffset at, bool crashed = false) => this with
    {
        Pod = PodState.Exited, HalfMade = false, Crashed = crashed, Promoting = false, StoppedAt = at,
    };

    public Instance Started() => this with
    {
        Pod = Data is null ? PodState.Exited : PodState.Running, HalfMade = false, Crashed = Data is null, StoppedAt = null, Volume = true,
    };
}
