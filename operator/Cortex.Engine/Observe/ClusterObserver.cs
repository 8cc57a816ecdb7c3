using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Manifests;
using Cortex.Core.Naming;
using Cortex.Core.Pki;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Core.Restoring;
using Cortex.Engine.Act;
using Cortex.Engine.Backup;
using Cortex.Engine.Secrets;
using Cortex.Engine.Sql;
using Cortex.Engine.Targets;
using Npgsql;

namespace Cortex.Engine.Observe;

/// <summary>
/// Observes one cluster: its objects, its certificates, and every PostgreSQL server that answers, in parallel and within a deadline. <see
/// cref="ObservationScope"/> says which instances are asked for what.
/// </summary>
public sealed class ClusterObserver(
    IInventorySource inventories, IInstanceFiles files, IInstanceLogs logging, IAddresses addresses,
    ImageExaminer images, SecretVault vault, PostgresSessions sessions, Provisioning provisioning, DataInspection inspection,
    Archives archives, RestoreSources restoreSources)
{
    /// <summary>The time for a primary, which has just answered, to answer again; a later answer counts as unknown in this pass.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    /// <summary>A server that runs shows its certificate at once; the limit is for a server that hangs.</summary>
    private static readonly TimeSpan CertificateLimit = TimeSpan.FromMilliseconds(500);

    /// <returns>Null while a disk is still being read that the plan depends on: nothing may be planned yet.</returns>
    public async Task<Observation?> ObserveAsync(CortexCluster cluster, CancellationToken ct)
    {
        var key = new ClusterKey(cluster.Metadata.NamespaceProperty, cluster.Metadata.Name);
        await using var round = new QuestionRound(sessions, key, cluster.Spec, ct);
        round.StartAsking(ObservationScope.LikelyServers(cluster));
        var listing = inventories.ListAsync(key, ct);
        var versions = vault.VersionsAsync(key, RepositorySecrets.Of(cluster.Spec), ct);
        var image = await images.LookAsync(key, cluster.Spec.Image, ct);
        var inventory = WithOwnSecrets(await listing);
        var secrets = image.Problem is null || inventory.Secrets.Count == 0
            ? await vault.ReadAsync(key, cluster.Spec.Image, inventory.Secrets, ct)
            : vault.Held(key);
        var certificates = IssuedCertificates.Read(key, secrets);
        var answers = await round.AnswersAsync(ObservationScope.Servers(inventory));
        var scope = new ObservationScope(cluster, inventory, answers);
        if (await ReadDisksAsync(scope, key, image, ct) is not { } disks)
        {
            return null;
        }

        var application = await ApplicationAsync(scope, key, secrets, ct);
        var control = await ReadControlAsync(scope, key, ct);
        var logs = await LogsAsync(scope, key, ct);
        return new Observation
        {
            Cluster = key,
            Inventory = inventory,
            Image = image,
            Certificates = certificates,
            AuthorityPem = PairFile.Read(secrets.GetValueOrDefault(Names.CaSecret(key.Name)))?.CertificatePem,
            Postgres = answers,
            Shown = await ShownAsync(scope, key, ct),
            FatalMessages = logs.Select(pair => (pair.Key, Words: FatalMessage.LastIn(pair.Value)))
                .Where(entry => entry.Words is not null).ToDictionary(entry => entry.Key, entry => entry.Words!),
            Ends = logs.ToDictionary(pair => pair.Key, pair => ServerProcess.Ends(pair.Value)),
            Control = control,
            Data = disks.Data,
            RefusedConfiguration = image.Facts is { } present ? provisioning.Refused(key, cluster.Spec, present) : [],
            KeptData = provisioning.KeptData(key).Where(pair => inventory.HasVolume(pair.Key)).ToDictionary(),
            CopyRefused = answers.GetValueOrDefault(cluster.Status?.Primary ?? "") is { Tablespaces.Count: > 0 }
                ? provisioning.RefusedCopies(key)
                : new HashSet<string>(),
            WrittenRevisions = provisioning.WrittenRevisions(key),
            Reloads = provisioning.Reloads(key),
            ApplicationReady = application is { } looked ? new(true, looked.Ready) : default,
            DatabaseExists = application is { } there ? new(true, there.Exists) : default,
            Archive = scope.ArchivingServer is { } archiving
                ? await archives.LookAsync(
                    key,
                    cluster.Spec,
                    archiving,
                    answers.GetValueOrDefault(archiving)?.Revision,
                    scope.MayReadRepository && CanRead(cluster.Spec, image),
                    ct)
                : null,
            BackupSecrets = await versions,
            RestoreSource = disks.Source,
            Restoring = await restoreSources.ProgressAsync(cluster, inventory, ct),
            LoginObstacle = application?.Obstacle ?? LoginObstacle.None,
        };
    }

    /// <summary>A program that is missing or too old would only write an error into the log of the server each time.</summary>
    private static bool CanRead(ClusterSpec spec, ImageSeen image) =>
        image.Facts is not { } facts || InstanceConfiguration.Archives(spec, facts);

    /// <summary>
    /// Older Podman cannot label secrets. The network has a label and is made before the secrets: where it belongs to another owner, so do
    /// the secrets under the names of this cluster.
    /// </summary>
    private static Inventory WithOwnSecrets(Inventory inventory) =>
        inventory.Foreign.Any(thing => thing.Kind == ForeignObject.Network) ? inventory with { Secrets = [] } : inventory;

    private async Task<IReadOnlyDictionary<string, CertificateFacts>> ShownAsync(
        ObservationScope scope, ClusterKey key, CancellationToken ct)
    {
        var shown = await Task.WhenAll(scope.CertificatesShown.Select(async name => (Instance: name, Facts: await ReadAsync(name))));
        return shown.Where(entry => entry.Facts is not null).ToDictionary(entry => entry.Instance, entry => entry.Facts!);

        Task<CertificateFacts?> ReadAsync(string instance) =>
            ShownCertificate.ReadAsync(addresses.AddressOf(key, scope.Cluster.Spec, instance), CertificateLimit, ct);
    }

    private async Task<Dictionary<string, string>> LogsAsync(ObservationScope scope, ClusterKey key, CancellationToken ct)
    {
        Dictionary<string, string> logs = [];
        foreach (var instance in scope.Logs)
        {
            logs[instance] = await logging.ReadLogAsync(key, instance, ct);
        }

        return logs;
    }

    private async Task<Dictionary<string, ControlFile>> ReadControlAsync(ObservationScope scope, ClusterKey key, CancellationToken ct)
    {
        Dictionary<string, ControlFile> found = [];
        foreach (var instance in scope.ControlFiles)
        {
            if (ControlFile.Parse(await files.ReadControlAsync(key, scope.Cluster.Spec.Image, instance, ct)) is { } left)
            {
                found[instance] = left;
            }
        }

        return found;
    }

    private async Task<(IReadOnlyDictionary<string, DataSeen> Data, RestoreSourceSeen? Source)?> ReadDisksAsync(
        ObservationScope scope, ClusterKey key, ImageSeen image, CancellationToken ct)
    {
        var data = image.Facts is { } facts
            ? await inspection.LookAsync(key, scope.Cluster.Spec, [.. scope.DataDirectories], facts, ct)
            : new Dictionary<string, DataSeen>();
        var source = await restoreSources.LookAsync(scope.Cluster, scope.Inventory, image, ct);
        return data is null || source.IsBeingRead ? null : (data, source.Source);
    }

    private async Task<ApplicationSeen?> ApplicationAsync(
        ObservationScope scope, ClusterKey key, IReadOnlyDictionary<string, byte[]> secrets, CancellationToken ct)
    {
        var spec = scope.Cluster.Spec;
        if (scope.DatabaseServer is not { } primary
            || RolePasswords.From(key, secrets) is not { } passwords
            || sessions.For(key, spec, primary) is not { } source)
        {
            return null;
        }

        try
        {
            return await ApplicationDatabase.LookAsync(source, spec.Database, passwords, ct).WaitAsync(AnswerLimit, ct);
        }
        catch (Exception cause) when (cause is not OperationCanceledException)
        {
            // The connection broke, or the answer is not one of PostgreSQL.
            return null;
        }
    }
}
