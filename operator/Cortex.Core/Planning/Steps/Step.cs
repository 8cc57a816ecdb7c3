using Cortex.Core.Api;
using Cortex.Core.Backup;
using k8s;
using k8s.Models;

namespace Cortex.Core.Planning;

/// <summary>
/// The closed family of effects. A step may be repeated, and may be interrupted; a repetition completes it. <c>Cortex.Engine</c> has one
/// <c>switch</c> case for each step type.
/// </summary>
public abstract partial record Step
{
    private Step()
    {
    }

    /// <summary>A sentence for people: "makes cortex-s1 a standby of cortex-pr".</summary>
    public abstract string Says { get; }

    public sealed record EnsureNetwork : Step
    {
        public override string Says => "creates the network";
    }

    /// <summary>Stores a new random password under this name.</summary>
    public sealed record StorePassword(string Secret) : Step
    {
        public override string Says => $"creates the password {Secret}";
    }

    public sealed record IssueAuthority(string Secret, string Why) : Step
    {
        public override string Says => $"creates the certificate authority ({Why})";
    }

    public sealed record IssueCertificate(string Secret, string Why) : Step
    {
        public override string Says => $"issues {Secret} ({Why})";
    }

    public sealed record CreateVolume(string Instance) : Step
    {
        public override string Says => $"creates the volume of {Instance}";
    }

    /// <summary>Runs initdb, unless the volume has a complete data directory already.</summary>
    public sealed record Initialise(string Instance) : Step
    {
        public override string Says => $"initialises {Instance}";
    }

    /// <summary>
    /// Starts the job that makes a volume, with any content, that of a standby of <paramref name="From"/>; by a base backup where it has no
    /// data. Another job on the volume is ended.
    /// </summary>
    public sealed record Join(string Instance, string From, ExistingData Existing = ExistingData.Trusted) : Step
    {
        /// <summary>Null: the primary is the only source.</summary>
        public ArchiveUse? Archive { get; init; }

        public override string Says => $"makes {Instance} a standby of {From}{Source}";

        private string Source => Archive switch
        {
            { Replay: true } => ", with the WAL of the archive",
            { Backup: { } label } => $", from the backup {label}",
            _ => "",
        };
    }

    /// <summary>Reads the result of the job of a <see cref="Join"/>, and removes it. Fails when the job failed.</summary>
    public sealed record FinishJoin(string Instance, string From) : Step
    {
        public override string Says => $"checks that {Instance} has been made a standby of {From}";
    }

    /// <summary>Ends the job on the volume of an instance, whether it runs or has ended.</summary>
    public sealed record EndJob(string Instance, string Why) : Step
    {
        public override string Says => $"ends the work on the volume of {Instance}: {Why}";
    }

    /// <summary>Removes the old copy of the data that a new copy replaced.</summary>
    public sealed record DiscardOldCopy(string Instance) : Step
    {
        public override string Says => $"removes the old copy of the data of {Instance}";
    }

    /// <summary>Creates and drops replication slots. A slot that should be created and exists unused is replaced.</summary>
    /// <param name="Reserve">They keep WAL from now on, and not only after a standby has connected.</param>
    public sealed record ArrangeSlots(string Instance, IReadOnlyList<string> Make, IReadOnlyList<string> Drop, bool Reserve) : Step
    {
        public override string Says => $"arranges the replication slots of {Instance}";
    }

    /// <summary>Writes configuration and certificates into the volume, and reloads where PostgreSQL answers.</summary>
    public sealed record Configure(string Instance, string Why) : Step
    {
        public override string Says => $"configures {Instance} ({Why})";
    }

    /// <summary>Sees that a server of the image starts with the configuration, before an instance gets that image.</summary>
    public sealed record Prove(string Instance) : Step
    {
        public override string Says => $"tries the image with the configuration of {Instance}";
    }

    public sealed record StartPod(string Instance) : Step
    {
        public override string Says => $"starts {Instance}";
    }

    public sealed record EnsureDatabase : Step
    {
        public override string Says => "creates the application's role and database";
    }

    /// <summary>Writes the decision which instance is the primary, before anything acts on it.</summary>
    public sealed record DecidePrimary(string Instance) : Step
    {
        public override string Says => $"decides that {Instance} is the primary";
    }

    /// <summary>Writes that this instance may not run as a primary, before it is fenced.</summary>
    public sealed record DecideFenced(string Instance) : Step
    {
        public override string Says => $"decides that {Instance} may only come back as a standby";
    }

    /// <summary>Writes that a former primary is a standby now.</summary>
    public sealed record DecideRejoined(string Instance) : Step
    {
        public override string Says => $"records that {Instance} has rejoined";
    }

    /// <summary>Writes that the present primary answers the request <c>promote: any</c>.</summary>
    public sealed record SettleAny : Step
    {
        public override string Says => "records that the primary is alive, so that no other is needed";
    }

    /// <summary>
    /// Writes what is known about synchronous replication, before or after it changes as the promise of <see cref="SynchronousStatus"/>
    /// requires; null: nothing is known.
    /// </summary>
    public sealed record DecideSynchronous(SynchronousStatus? Known) : Step
    {
        public override string Says => Known switch
        {
            { Standbys: { Count: > 0 } standbys } => $"records that every acknowledged commit is on one of {string.Join(", ", standbys)}",
            { Suspended: true } => "records that commits do not wait for a standby, since none streams",
            { } => "records that commits are to wait for a standby",
            null => "records that acknowledged commits need not be on a standby",
        };
    }

    /// <summary>
    /// Writes that commits do not wait, unless one of <paramref name="Among"/> streams again within a moment: a connection that is only
    /// re-established is not a loss.
    /// </summary>
    public sealed record SuspendSynchronous(string Primary, IReadOnlyList<string> Among) : Step
    {
        public override string Says => $"releases commits on {Primary} that wait for a standby, since none streams";
    }

    /// <summary>
    /// Sees that one of <paramref name="Among"/> has every commit that was acknowledged before commits waited for them. Fails when that
    /// does not happen soon.
    /// </summary>
    /// <param name="FromNothing">As far as is known, commits did not wait for any standby before.</param>
    public sealed record ConfirmSynchronous(string Primary, IReadOnlyList<string> Among, bool FromNothing) : Step
    {
        public override string Says => $"makes sure that one of {string.Join(", ", Among)} has every commit that {Primary} acknowledged";
    }

    /// <summary>
    /// Prepares the repository of backups for the database system of the cluster. An unusable repository is noted, and the step does not
    /// fail.
    /// </summary>
    public sealed record PrepareRepository(string Instance) : Step
    {
        public override string Says => "prepares the repository of backups";
    }

    /// <summary>Reduces what the following stop has left to write.</summary>
    public sealed record Checkpoint(string Instance) : Step
    {
        public override string Says => $"makes a checkpoint on {Instance}";
    }

    /// <summary>
    /// Sees that a standby has replayed all that <paramref name="From"/> has written by now, or pauses because it cannot. Fails when that
    /// does not happen soon.
    /// </summary>
    public sealed record AwaitReplay(string Instance, string From) : Step
    {
        public override string Says => $"makes sure that {Instance} has replayed what {From} wrote";
    }

    /// <summary>A fast shutdown; the pod stays.</summary>
    public sealed record StopPod(string Instance, string Why) : Step
    {
        public override string Says => $"stops {Instance}: {Why}";
    }

    /// <summary>Makes the target's services send writing clients to this instance, and the other clients to the rest.</summary>
    public sealed record AssignRoles(string Primary) : Step
    {
        public override string Says => $"sends clients that write to {Primary}";
    }

    /// <summary>Makes services and similar objects match the resource; removes those that are no longer needed.</summary>
    public sealed record ArrangeObjects(
        IReadOnlyList<IKubernetesObject<V1ObjectMeta>> Apply, IReadOnlyList<IKubernetesObject<V1ObjectMeta>> Remove) : Step
    {
        public override string Says => string.Join("; ", new[]
        {
            Apply.Count > 0 ? $"applies {Named(Apply)}" : "",
            Remove.Count > 0 ? $"removes {Named(Remove)}" : "",
        }.Where(words => words.Length > 0));

        private static string Named(IEnumerable<IKubernetesObject<V1ObjectMeta>> things) =>
            string.Join(", ", things.Select(kubernetesObject => $"{kubernetesObject.Kind} {kubernetesObject.Metadata.Name}"));
    }

    /// <summary>Counts a pod as stopped that cannot be seen stopped, because the user says so.</summary>
    public sealed record ForgetPod(string Instance) : Step
    {
        public override string Says => $"removes the pod of {Instance} without seeing it stopped, as spec.kubernetes.lostInstances says";
    }

    public sealed record RemovePod(string Instance) : Step
    {
        public override string Says => $"removes the pod of {Instance}";
    }

    /// <summary>Requests a larger volume. A refusal does not fail the step: the database continues in the present volume.</summary>
    public sealed record GrowVolume(string Instance, string Size) : Step
    {
        public override string Says => $"asks that the volume of {Instance} grow to {Size}";
    }

    public sealed record DeleteVolume(string Instance) : Step
    {
        public override string Says => $"deletes the volume of {Instance}";
    }

    public sealed record DeleteSecret(string Secret) : Step
    {
        public override string Says => $"deletes the secret {Secret}";
    }

    public sealed record DeleteNetwork : Step
    {
        public override string Says => "deletes the network";
    }

    /// <summary>Removes the finalizer of the resource: nothing is left that should be removed.</summary>
    public sealed record Release : Step
    {
        public override string Says => "releases the resource";
    }

    /// <summary>Lanes that may run at the same time; each lane is in order. A lane that fails does not end the others.</summary>
    /// <param name="FirstLeads">Except the first: the others wait for the instance that it creates.</param>
    public sealed record Together(IReadOnlyList<IReadOnlyList<Step>> Lanes, bool FirstLeads = false) : Step
    {
        public override string Says => string.Join("; ", Lanes.SelectMany(lane => lane).Select(step => step.Says));
    }
}
