using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning;

/// <summary>Everything that a policy may use for its decision.</summary>
/// <param name="Cluster">The resource with spec and status; the status contains the decisions.</param>
/// <param name="Seen">What was observed.</param>
/// <param name="Now">The time of this pass.</param>
public sealed record Situation(CortexCluster Cluster, Observation Seen, DateTimeOffset Now)
{
    private static readonly TimeSpan ExaminationInterval = TimeSpan.FromSeconds(1);

    public ClusterSpec Spec => Cluster.Spec;

    public ClusterStatus Status { get; } = Cluster.Status ?? new ClusterStatus();

    public string Name => Cluster.Metadata.Name;

    /// <summary>The members of the cluster: the instances that the spec asks for, and the primary even where the spec does not.</summary>
    public IReadOnlyList<string> Members { get; } = Membership.Members(Cluster);

    /// <summary>
    /// The answer of the decided primary while it accepts writes; null where it does not answer, or is still in recovery.
    /// </summary>
    public PostgresSeen? Leader => Seen.Answer(Status.Primary) is { AcceptsWrites: true } answer ? answer : null;

    /// <summary>What the image's PostgreSQL says about its parameters; the usual values until it was asked.</summary>
    public ServerParameters ServerParameters => Seen.Image.Facts?.Parameters ?? ServerParameters.Usual;

    /// <summary>
    /// The answer of a policy that needs the image while it is not usable: a wait while the image is examined, a refusal if it is unusable.
    /// </summary>
    public Verdict? WithoutImage => Seen.Image switch
    {
        { Facts: not null } => null,
        { Problem: { } problem } => Verdict.Refuse(Reasons.ImageUnusable, problem),
        _ => Verdict.Wait(ExaminationInterval, "the image is being examined"),
    };

    /// <summary>
    /// The application's database existed, and was dropped. A new one is created by a user, or requested under another name.
    /// </summary>
    public bool DatabaseIsGone => Status.Database == Spec.Database.Name && Seen.DatabaseExists.Is(false);

    /// <summary>
    /// Its server runs, and shows another certificate than its secret has: it has not loaded the issued one, so it cannot be verified.
    /// </summary>
    public bool ShowsAnother(string? instance) => instance is not null && Seen.Shown.TryGetValue(instance, out var shown)
        && shown.Fingerprint != Seen.Certificates.GetValueOrDefault(Names.ServerCertificate(instance))?.Fingerprint;

    /// <summary>The primary's timeline; the first one while no timeline is known.</summary>
    public long Timeline => Status.Timeline ?? 1;

    public bool IsFenced(string instance) => Status.Fenced.Contains(instance);
}
