using Cortex.Core.Api;
using k8s;
using k8s.Models;

namespace Cortex.Core.Planning;

/// <summary>
/// The closed family of effects. A step may be done twice and may be cut in half; doing it again completes it.
/// <c>Cortex.Engine</c> has one arm for each.
/// </summary>
public abstract partial record Step
{
    private Step()
    {
    }

    /// <summary>A sentence for people: "clones cortex-s1 from cortex-pr".</summary>
    public abstract string Says { get; }

    public sealed record EnsureNetwork : Step
    {
        public override string Says => "makes the network";
    }

    /// <summary>A new random password under this name.</summary>
    public sealed record StorePassword(string Secret) : Step
    {
        public override string Says => $"makes the password {Secret}";
    }

    public sealed record IssueAuthority(string Secret, string Why) : Step
    {
        public override string Says => $"makes the certificate authority ({Why})";
    }

    public sealed record IssueCertificate(string Secret, string Why) : Step
    {
        public override string Says => $"issues {Secret} ({Why})";
    }

    public sealed record CreateVolume(string Instance) : Step
    {
        public override string Says => $"makes the volume of {Instance}";
    }

    /// <summary>initdb, unless the volume has a whole data directory already.</summary>
    public sealed record Initialise(string Instance) : Step
    {
        public override string Says => $"initialises {Instance}";
    }

    /// <summary>
    /// Starts the job that makes a volume, whatever is in it, that of a standby of <paramref name="From"/>; by a base backup where there are no data. Another job on the volume is ended.
    /// </summary>
    public sealed record Join(string Instance, string From, ExistingData Existing = ExistingData.Trusted) : Step
    {
        public override string Says => $"makes {Instance} a standby of {From}";
    }

    /// <summary>Reads how the job of a <see cref="Join"/> ended, and removes it; fails when it failed.</summary>
    public sealed record FinishJoin(string Instance, string From) : Step
    {
        public override string Says => $"checks that {Instance} has been made a standby of {From}";
    }

    /// <summary>Ends the job on the volume of an instance, whether it runs or has ended.</summary>
    public sealed record EndJob(string Instance, string Why) : Step
    {
        public override string Says => $"ends the work on the volume of {Instance}: {Why}";
    }

    /// <summary>Removes the copy that a new one replaced.</summary>
    public sealed record DiscardOldCopy(string Instance) : Step
    {
        public override string Says => $"removes the old copy of the data of {Instance}";
    }

    /// <summary>Makes and drops replication slots; one that is to be made and exists unused is made anew.</summary>
    /// <param name="Reserve">They keep WAL from now on, not only once a standby came.</param>
    public sealed record ArrangeSlots(string Instance, IReadOnlyList<string> Make, IReadOnlyList<string> Drop, bool Reserve) : Step
    {
        public override string Says => $"arranges the replication slots of {Instance}";
    }

    /// <summary>Writes configuration and certificates into the volume, and reloads where PostgreSQL answers.</summary>
    public sealed record Configure(string Instance, string Why) : Step
    {
        public override string Says => $"configures {Instance} ({Why})";
    }

    /// <summary>Sees a server of the image come up with the configuration, before an instance is given that image.</summary>
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
        public override string Says => "makes the application's role and database";
    }

    /// <summary>Writes the decision who is primary, before anything acts on it.</summary>
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

    /// <summary>Writes that the present primary fulfils the wish for any.</summary>
    public sealed record SettleAny : Step
    {
        public override string Says => "records that the primary lives, so that any other is not needed";
    }

    /// <summary>Writes what is known of synchronous replication, before or after it changes as the promise of <see cref="SynchronousStatus"/> demands; null: nothing.</summary>
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

    /// <summary>Writes that commits do not wait, unless one of <paramref name="Among"/> streams again within a moment: a connection that is only made anew is no loss.</summary>
    public sealed record SuspendSynchronous(string Primary, IReadOnlyList<string> Among) : Step
    {
        public override string Says => $"lets commits on {Primary} go that wait for a standby, since none streams";
    }

    /// <summary>Sees that one of <paramref name="Among"/> has every commit that was acknowledged before commits waited for them; fails when it does not come true soon.</summary>
    /// <param name="FromNothing">Commits did not wait for anybody before, as far as is known.</param>
    public sealed record ConfirmSynchronous(string Primary, IReadOnlyList<string> Among, bool FromNothing) : Step
    {
        public override string Says => $"makes sure that one of {string.Join(", ", Among)} has every commit that {Primary} acknowledged";
    }

    /// <summary>Makes the repository of backups ready for the database system of the cluster; that it cannot be used is noted, and fails nothing.</summary>
    public sealed record PrepareRepository(string Instance) : Step
    {
        public override string Says => "prepares the repository of backups";
    }

    /// <summary>So that the stop that follows has little left to write.</summary>
    public sealed record Checkpoint(string Instance) : Step
    {
        public override string Says => $"makes a checkpoint on {Instance}";
    }

    /// <summary>
    /// Sees that a standby has replayed all that <paramref name="From"/> has written by now, or pauses because it cannot; fails when it
    /// does not come true soon.
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

    /// <summary>The target's services send clients that write to this one, and the others' to the rest.</summary>
    public sealed record AssignRoles(string Primary) : Step
    {
        public override string Says => $"sends clients that write to {Primary}";
    }

    /// <summary>Makes services and the like what they should be; removes those that nobody needs any more.</summary>
    public sealed record ArrangeObjects(IReadOnlyList<IKubernetesObject<V1ObjectMeta>> Apply, IReadOnlyList<IKubernetesObject<V1ObjectMeta>> Remove) : Step
    {
        public override string Says => string.Join("; ", new[]
        {
            Apply.Count > 0 ? $"applies {Named(Apply)}" : "",
            Remove.Count > 0 ? $"removes {Named(Remove)}" : "",
        }.Where(words => words.Length > 0));

        private static string Named(IEnumerable<IKubernetesObject<V1ObjectMeta>> things) => string.Join(", ", things.Select(one => $"{one.Kind} {one.Metadata.Name}"));
    }

    /// <summary>Takes a pod for stopped that nobody can see stopped, by the user's word.</summary>
    public sealed record ForgetPod(string Instance) : Step
    {
        public override string Says => $"removes the pod of {Instance} without seeing it stopped, as spec.kubernetes.lostInstances says";
    }

    public sealed record RemovePod(string Instance) : Step
    {
        public override string Says => $"removes the pod of {Instance}";
    }

    /// <summary>Asks for a larger volume. That it is refused fails nothing: the database lives in the one it has.</summary>
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

    /// <summary>Lets the resource go: nothing of it is left that should not be.</summary>
    public sealed record Release : Step
    {
        public override string Says => "releases the resource";
    }

    /// <summary>Lanes that may run at the same time; each lane is in order. One that fails ends no other.</summary>
    /// <param name="FirstLeads">Except the first: the others wait for the instance that it makes.</param>
    public sealed record Together(IReadOnlyList<IReadOnlyList<Step>> Lanes, bool FirstLeads = false) : Step
    {
        public override string Says => string.Join("; ", Lanes.SelectMany(lane => lane).Select(step => step.Says));
    }
}
