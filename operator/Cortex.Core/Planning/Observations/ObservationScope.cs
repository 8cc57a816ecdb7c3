using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Core.Planning;

/// <summary>
/// Which instances an observation asks, and for what. The observer asks by it, and so does the model that the planner is tested with.
/// </summary>
/// <param name="Answers">The answers of the servers that were asked.</param>
public sealed record ObservationScope(CortexCluster Cluster, Inventory Inventory, IReadOnlyDictionary<string, PostgresSeen> Answers)
{
    private ClusterStatus Status => Cluster.Status ?? new ClusterStatus();

    /// <summary>A promotion is waited for: the observation must be quick.</summary>
    private bool IsUrgent => Status.Promotion is not null || PromotionRequest.IsOpen(Cluster);

    /// <summary>The servers that may be asked before the target has listed its pods: most are where they were in the last pass.</summary>
    public static IReadOnlyList<string> LikelyServers(CortexCluster cluster) => Membership.Members(cluster);

    /// <summary>The servers whose answers count.</summary>
    public static IEnumerable<string> Servers(Inventory inventory) =>
        inventory.Pods.Where(pod => pod.State == PodState.Running).Select(pod => pod.Instance);

    /// <summary>The instance that is asked for the application's database: the primary while it accepts writes, else null.</summary>
    public string? DatabaseServer =>
        Status.Primary is { } primary && Answers.GetValueOrDefault(primary) is { AcceptsWrites: true } ? primary : null;

    /// <summary>The instance that is asked how archiving goes; null where the spec asks for no backups, or the primary changes.</summary>
    public string? ArchivingServer => Cluster.Spec.Backup is not null && Status.Promotion is null ? DatabaseServer : null;

    /// <summary>Whether the repository may be read now: it may take long, and a requested promotion does not wait for it.</summary>
    public bool MayReadRepository => !PromotionRequest.IsOpen(Cluster);

    /// <summary>The servers whose certificate is read as they show it: those that run and do not answer.</summary>
    public IEnumerable<string> CertificatesShown => IsUrgent ? [] : Servers(Inventory).Where(IsSilent);

    /// <summary>The instances whose log is read: those that should answer and do not.</summary>
    public IEnumerable<string> Logs => IsUrgent ? [] : Inventory.Pods
        .Where(pod => pod is { State: not PodState.Created, Image: not null }).Select(pod => pod.Instance).Where(IsSilent);

    /// <summary>
    /// The instances whose control file is read: those that do not answer, where the planner needs it. In a promotion it shows how they
    /// ended; to start, a standby needs limits as large as those in the file.
    /// </summary>
    public IEnumerable<string> ControlFiles => Status switch
    {
        { Promotion: not null } => SilentVolumes,
        { Primary: { } primary, SystemIdentifier: not null } when !IsUrgent || Answers.ContainsKey(primary) =>
            SilentVolumes.Where(volume => volume != primary),
        _ => [],
    };

    /// <summary>The instances whose data are read: those at rest, in a cluster that is adopted and has no primary yet.</summary>
    public IEnumerable<string> DataDirectories => Status.Primary is null && Cluster.Metadata.DeletionTimestamp is null
        ? Inventory.Volumes.Select(volume => volume.Instance).Where(instance => Inventory.Pod(instance) is null)
        : [];

    /// <summary>
    /// Without those that a job works on: they are not at rest, and to read them may need a container under the name of the job.
    /// </summary>
    private IEnumerable<string> SilentVolumes =>
        Inventory.Volumes.Select(volume => volume.Instance).Where(instance => IsSilent(instance) && Inventory.Job(instance) is null);

    private bool IsSilent(string instance) => !Answers.ContainsKey(instance);
}
