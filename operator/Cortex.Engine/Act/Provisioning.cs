using System.Globalization;
using System.Text.RegularExpressions;
using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Manifests;
using Cortex.Core.Naming;
using Cortex.Core.Pki;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Memory;
using Cortex.Engine.Secrets;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Act;

/// <summary>
/// The one-shot containers that work on the volume of an instance. The scripts say which half-done work each of them may find.
/// </summary>
public sealed partial class Provisioning(
    IOneShots oneShots, IJobs jobs, SecretVault vault, ConfigurationProofs proofs, ClusterMemory memory)
{
    /// <summary>
    /// The limit for a one-shot that takes a second: a volume may hold files that are meant to keep the operator waiting.
    /// </summary>
    private static readonly TimeSpan VolumeCheckTimeout = TimeSpan.FromMinutes(2);

    /// <summary>EX_DATAERR: the exit code of join.sh when it keeps the data.</summary>
    private const int DataKept = 65;

    /// <summary>The exit code of join.sh when tablespaces prevent a copy.</summary>
    private const int CopyRefused = 66;

    private readonly Notes<string> writtenRevisions = memory.Part<string>();
    private readonly Notes<ReloadSent> reloads = memory.Part<ReloadSent>();
    private readonly Notes<string> kept = memory.Part<string>();
    private readonly Notes<bool> refusedCopies = memory.Part<bool>();

    /// <summary>Instances for which join.sh refused a new copy because of tablespaces.</summary>
    public IReadOnlySet<string> RefusedCopies(ClusterKey cluster) => refusedCopies.Of(cluster).Keys.ToHashSet();

    /// <summary>By instance, why its data were kept.</summary>
    public IReadOnlyDictionary<string, string> KeptData(ClusterKey cluster) => kept.Of(cluster);

    /// <summary>By instance, the configuration that this process last wrote into its volume.</summary>
    public IReadOnlyDictionary<string, string> WrittenRevisions(ClusterKey cluster) => writtenRevisions.Of(cluster);

    /// <summary>By instance, the configuration that this process last told its server to load.</summary>
    public IReadOnlyDictionary<string, ReloadSent> Reloads(ClusterKey cluster) => reloads.Of(cluster);

    public void NoteReload(Pass pass, string instance, string revision) =>
        reloads.Set(pass.Key, instance, new ReloadSent(revision, pass.Now));

    /// <summary>The fields of the spec that PostgreSQL is known to refuse.</summary>
    public IReadOnlyList<FieldRefusal> Refused(ClusterKey cluster, ClusterSpec spec, ImageFacts image) => proofs.Of(cluster, spec, image);

    public async Task InitialiseAsync(Pass pass, string instance, CancellationToken ct)
    {
        var cluster = pass.Key;
        var slots = Membership.Asked(cluster.Name, pass.Spec).Where(name => name != instance).Select(Names.Slot);
        var (task, revision) = Describe(
            pass, instance, ProvisioningScripts.Initialise, ProvisioningScripts.FirstStatements(pass.Image.MajorVersion, slots));
        await RunAsync(WithSecret(task, Names.SuperuserSecret(cluster.Name), "superuser"), $"initdb of {instance}", ct);
        writtenRevisions.Set(cluster, instance, revision);
    }

    /// <summary>Starts the job that turns the volume into that of a standby.</summary>
    public async Task StartJoinAsync(Pass pass, Step.Join step, CancellationToken ct)
    {
        var (cluster, now) = (pass.Key, pass.Situation);
        await ProveAsync(pass, step.Instance, ct);
        var (task, revision) = Describe(
            pass,
            step.Instance,
            ProvisioningScripts.Join,
            InstanceConfiguration.CloneSource(step.Instance, step.From, pass.Seen.Inventory.Addresses, pass.Image.MajorVersion),
            now.Status.SystemIdentifier ?? "",
            now.Timeline.ToString(CultureInfo.InvariantCulture),
            step.Existing.ToString().ToLowerInvariant(),
            string.Join(", ", pass.Seen.Answer(step.From)?.Tablespaces ?? []),
            step.Archive is { Replay: true } ? "replay" : "",
            step.Archive?.Backup ?? "");
        // The content of the volume is not known before the job has ended: it may be another volume than the one that was kept.
        kept.Remove(cluster, step.Instance);
        refusedCopies.Remove(cluster, step.Instance);
        var work = task with { OnNetwork = true, Repository = pass.Spec.Backup?.Repository.Directory?.Volume };
        await jobs.StartJobAsync(Job.OfJoin(work, step.From, now.Timeline, revision), ct);
    }

    /// <summary>
    /// The result of that job. A failed job is removed here; the caller removes any other, after it has stored the result.
    /// </summary>
    /// <returns>Where the WAL of a former primary ended; null when the instance was not a primary.</returns>
    public async Task<Lsn?> FinishJoinAsync(Pass pass, Step.FinishJoin step, CancellationToken ct)
    {
        var cluster = pass.Key;
        var result = await jobs.ReadJobAsync(cluster, step.Instance, ct)
            ?? throw new TargetException($"the job that makes {step.Instance} is gone; the next pass starts another one");
        if (result.ExitCode == DataKept)
        {
            kept.Set(cluster, step.Instance, result.LastLines);
        }
        else if (result.ExitCode == CopyRefused)
        {
            refusedCopies.Set(cluster, step.Instance, true);
        }

        if (result.ExitCode != 0)
        {
            await jobs.EndJobAsync(cluster, step.Instance, ct);
        }

        var output = result.OrThrow($"the copy of {step.From} for {step.Instance}").Output;
        if (pass.Seen.Inventory.Job(step.Instance)?.Revision is { } revision)
        {
            writtenRevisions.Set(cluster, step.Instance, revision);
        }

        return WalEnd().Match(output) is { Success: true } end && Lsn.TryParse(end.Groups["lsn"].Value, out var last)
            ? new Lsn(Aligned(last.Bytes + ulong.Parse(end.Groups["length"].ValueSpan, CultureInfo.InvariantCulture)))
            : null;
    }

    public Task DiscardOldCopyAsync(ClusterKey cluster, ClusterSpec spec, string instance, ImageFacts image, CancellationToken ct) =>
        RunAsync(OnVolume(cluster, spec, instance, image, ProvisioningScripts.Discard), $"the removal of the old copy of {instance}", ct);

    /// <summary>Returns the revision that it wrote: a certificate may have been issued since the observation.</summary>
    public async Task<string> ConfigureAsync(Pass pass, string instance, CancellationToken ct)
    {
        await ProveAsync(pass, instance, ct);
        var (task, revision) = Describe(pass, instance, ProvisioningScripts.Configure);
        await RunAsync(task with { Timeout = VolumeCheckTimeout }, $"the configuration of {instance}", ct);
        writtenRevisions.Set(pass.Key, instance, revision);
        return revision;
    }

    private static OneShot OnVolume(ClusterKey cluster, ClusterSpec spec, string instance, ImageFacts image, string script) => new()
    {
        Cluster = cluster,
        Name = Names.OneShot(instance),
        Image = spec.Image,
        Script = script,
        User = (image.Uid, image.Gid),
        Instance = instance,
    };

    private static OneShot WithSecret(OneShot task, string name, string file) =>
        task with { Secrets = new Dictionary<string, string>(task.Secrets) { [name] = file } };

    private (OneShot Task, string Revision) Describe(Pass pass, string instance, string script, params string[] more)
    {
        var cluster = pass.Key;
        var configuration = WantedConfiguration.Of(Present(pass), instance);
        var authority = Authority(cluster);
        var task = OnVolume(cluster, pass.Spec, instance, pass.Image, script) with
        {
            Arguments =
            [
                configuration.Settings, configuration.Hba, configuration.Ident, authority.CertificatePem, configuration.Repository ?? "",
                .. more,
            ],
            Secrets = new Dictionary<string, string>(
                RepositorySecrets.Mounts(RepositorySecrets.Of(pass.Spec).Where(pass.Seen.BackupSecrets.ContainsKey)))
            {
                [Names.ServerCertificate(instance)] = "server.pem",
                [Names.ReplicationCertificate(cluster.Name)] = "replication.pem",
            },
        };
        return (task, configuration.Revision);
    }

    private KeyPair Authority(ClusterKey cluster) => PairFile.Read(vault.Held(cluster).GetValueOrDefault(Names.CaSecret(cluster.Name)))
        ?? throw new TargetException(
            $"the secret {Names.CaSecret(cluster.Name)} holds no certificate authority; a new one is made in the next pass");

    /// <summary>
    /// Tries the configuration, unless an instance runs with it already, or the cluster has no data yet that a failed start could harm. It
    /// tries the configuration as the user wrote it: a standby that keeps larger limits of its primary for a while does not prove the
    /// smaller ones.
    /// </summary>
    public Task ProveAsync(Pass pass, string instance, CancellationToken ct) =>
        pass.Seen.Inventory is { Pods.Count: 0, Volumes.Count: 0 } || pass.Seen.Postgres.Any(pair => IsInForce(pass, pair.Key, pair.Value))
            ? Task.CompletedTask
            : proofs.DemandAsync(
                pass.Key, pass.Spec, pass.Image, WantedConfiguration.AsWritten(Present(pass), instance), Authority(pass.Key), instance, ct);

    private static bool IsInForce(Pass pass, string instance, PostgresSeen answer) =>
        answer is { UnloadableLines.Count: 0, PendingRestart.Count: 0 }
        && WantedConfiguration.Revision(pass.Situation, instance) is { } wanted && wanted == answer.Revision
        && !StandbyLimits.AreHeld(pass.Spec.Postgres.Parameters, answer.Limits, pass.Image.Parameters.LimitDefaults)
        && (pass.Seen.Inventory.Pod(instance)?.ImageId is not { } made || made == pass.Seen.Image.Facts?.Id);

    /// <summary>The situation with the certificates that are stored now: one may have been issued since the observation.</summary>
    private Situation Present(Pass pass) =>
        new(pass.Cluster, pass.Seen with { Certificates = IssuedCertificates.Read(pass.Key, vault.Held(pass.Key)) }, pass.Now);

    private async Task<OneShotResult> RunAsync(OneShot task, string what, CancellationToken ct) =>
        (await oneShots.RunOneShotAsync(task, ct)).OrThrow(what);

    /// <summary>Records begin at multiples of eight.</summary>
    private static ulong Aligned(ulong position) => (position + 7) & ~7UL;

    [GeneratedRegex("^WAL ends: (?<lsn>[0-9A-F/]+) (?<length>[0-9]{1,10})$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex WalEnd();
}
