using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning;

/// <summary>Everything a policy may look at.</summary>
/// <param name="Cluster">The resource with spec and status; status carries the decisions.</param>
/// <param name="Seen">The world.</param>
/// <param name="Now">The time of this pass.</param>
public sealed record Situation(CortexCluster Cluster, Observation Seen, DateTimeOffset Now)
{
    private static readonly TimeSpan ExaminationInterval = TimeSpan.FromSeconds(1);

    public ClusterSpec Spec => Cluster.Spec;

    public ClusterStatus Status { get; } = Cluster.Status ?? new ClusterStatus();

    public string Name => Cluster.Metadata.Name;

    /// <summary>The members of the cluster: the instances that the spec asks for, and the primary even where the spec does not.</summary>
    public IReadOnlyList<string> Wanted { get; } = Membership.Members(Cluster);

    /// <summary>What the primary by decision answers while it takes writes; null where it does not answer, or still recovers.</summary>
    public PostgresSeen? Leader => Seen.Answer(Status.Primary) is { InRecovery: false } answer ? answer : null;

    /// <summary>What the image's PostgreSQL says of its parameters; what is usual as long as it was not asked.</summary>
    public ServerParameters ServerParameters => Seen.Image.Facts?.Parameters ?? ServerParameters.Usual;

    /// <summary>What a policy that needs the image says while there is none: a wait when it is being looked at, a refusal when it will not do.</summary>
    public Verdict? WithoutImage => Seen.Image switch
    {
        { Facts: not null } => null,
        { Problem: { } problem } => Verdict.Refuse(Reasons.ImageUnusable, problem),
        _ => Verdict.Wait(ExaminationInterval, "the image is being examined"),
    };

    /// <summary>The application's database was there, and somebody dropped it. A new one is made by people, or asked for under another name.</summary>
    public bool DatabaseIsGone => Status.Database == Spec.Database.Name && Seen.DatabaseExists.Is(false);

    /// <summary>Its server runs, and shows another certificate than its secret has: it has not loaded what was issued, so that it cannot be verified.</summary>
    public bool ShowsAnother(string? instance) => instance is not null && Seen.Shown.TryGetValue(instance, out var shown)
        && shown.Fingerprint != Seen.Certificates.GetValueOrDefault(Names.ServerCertificate(instance))?.Fingerprint;

    /// <summary>The primary's timeline; the first one while none is known.</summary>
    public long Timeline => Status.Timeline ?? 1;

    public bool IsFenced(string instance) => Status.Fenced.Contains(instance);
}
