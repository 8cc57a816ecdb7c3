using System.Collections.Immutable;
using Cortex.Core.Api;
using Cortex.Core.Pki;
using Cortex.Core.Planning;
using Cortex.Core.Tests.Builders;

namespace Cortex.Core.Tests.Worlds;

/// <summary>
/// A cluster as it really is: what containers, volumes and PostgreSQL do when the engine's arms act on them. All parts are values, so that
/// a copy is free.
/// </summary>
internal sealed record World
{
    public ClusterKey Name { get; init; } = Given.Key;

    public required ClusterSpec Spec { get; init; }

    public ClusterStatus? Status { get; init; }

    public long Generation { get; init; } = 1;

    public bool Deleting { get; init; }

    public bool Released { get; init; }

    public ImmutableSortedDictionary<string, Instance> Instances { get; init; } = ImmutableSortedDictionary<string, Instance>.Empty;

    public ImmutableDictionary<string, CertificateFacts> Certificates { get; init; } = ImmutableDictionary<string, CertificateFacts>.Empty;

    public ImmutableSortedSet<string> Secrets { get; init; } = [];

    /// <summary>Instances whose data the engine remembers not to touch.</summary>
    public ImmutableSortedSet<string> Kept { get; init; } = [];

    public bool Network { get; init; }

    public ImageSeen Image { get; init; } = new(Given.Image, null);

    public bool Application { get; init; }

    /// <summary>The last write that was acknowledged to a client: its line, and its position on it.</summary>
    public (Line Line, long Lsn)? Acknowledged { get; init; }

    /// <summary>The user allowed a promotion to lose it.</summary>
    public bool MayLose { get; init; }

    public DateTimeOffset Now { get; init; } = Given.Now;

    public Instance this[string name] => Instances.GetValueOrDefault(name) ?? new Instance(name);

    public CortexCluster Cluster => new()
    {
        Metadata = new()
        {
            Name = Name.Name,
            NamespaceProperty = Name.Namespace,
            Generation = Generation,
            DeletionTimestamp = Deleting ? Given.Now.UtcDateTime : null,
        },
        Spec = Spec,
        Status = Status,
    };

    public World With(Instance instance) => this with { Instances = Instances.SetItem(instance.Name, instance) };

    /// <summary>The instance that <paramref name="standby"/> streams from, when it does.</summary>
    public Instance? SourceOf(Instance standby) => standby is { Answers: true, Data: { Standby: true } data }
        ? Instances.Values.FirstOrDefault(one => one.Answers && one.Data is { Standby: false } source && data.CanFollow(source))
        : null;

    /// <summary>Standbys that stream have received everything, and requested promotions have happened.</summary>
    public World Settled()
    {
        var world = this;
        foreach (var instance in Instances.Values.Where(instance => instance is { Promoting: true, Runs: true, Data.Standby: true }))
        {
            world = world.With(instance with { Promoting = false, Data = instance.Data!.Promoted() });
        }

        foreach (var instance in world.Instances.Values)
        {
            if (world.SourceOf(instance) is { } source)
            {
                world = world.With(instance with { Data = source.Data! with { Standby = true } });
            }
        }

        return world;
    }

    public bool HasWork => Instances.Values.Any(instance => instance is { Job: { End: null } } or { Restore: { End: null } });

    /// <summary>Equal for worlds that a plan cannot tell apart.</summary>
    public string Key => string.Join("|", Instances.Values.Where(instance => instance.Volume || instance.Pod is not null).Select(KeyOf))
        + $"#{Spec.Instances},{Spec.Promote},{Spec.DeletionPolicy},{Spec.PrimaryUpdate},{Deleting},{Released},{Generation}"
        + $"#{Status?.Primary},{Status?.Timeline},{Status?.SystemIdentifier},{string.Join(' ', Status?.Fenced ?? [])}"
        + $"#{Status?.Promotion?.From},{Status?.Promotion?.To},{Status?.Promotion?.Kind},{Status?.Promotion?.StoppedAt is null}"
        + $",{Status?.Promotion?.CommittedAt is null},{Status?.Promotion?.FencedAt is null},{Status?.Promotion?.PromotedAt is null}"
        + $",{Status?.AnySettled}"
        + $"#{Spec.Replication},{Spec.PromoteAllowDataLoss}"
        + $",{Status?.Synchronous?.Suspended},{string.Join(' ', Status?.Synchronous?.Standbys ?? [])}"
        + $"#{Status?.Restore?.Phase},{Spec.Bootstrap is not null}"
        + $"#{Status?.AbandonedPromotion}#{Secrets.Count},{Certificates.Count},{Network},{Image.Facts is null},{Application}"
        + $",{string.Join(' ', Kept)}";

    private string KeyOf(Instance one) =>
        $"{one.Name},{one.Volume},{one.Data?.System},{one.Data?.Line.Number},{one.Data?.Standby},{SourceOf(one) is not null}"
        + $",{one.Pod},{one.HalfMade},{one.Reachable},{one.Promoting},{one.Written},{one.Loaded}"
        + $",{one.OldCopy is not null},{one.Unusable}"
        + $",{one.Joined},{one.EndedCleanly && one.Pod == PodState.Exited},{string.Join(' ', one.Slots)},{one.Waits},{one.WaitsInForce}"
        + $",{one.MadeFrom is { } image && image != Image.Facts?.Id},{one.Pending},{one.Job?.Key},{one.Restore},{one.Restored}";
}
