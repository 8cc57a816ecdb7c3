using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Pki;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Act;
using Cortex.Engine.Backup;
using Cortex.Engine.Secrets;
using Cortex.Engine.Sql;
using Cortex.Engine.Targets;
using Npgsql;

namespace Cortex.Engine.Observe;

/// <summary>
/// Reads the world of one cluster: objects, certificates, and every PostgreSQL that answers, in parallel and within a deadline. What is
/// asked of whom: <see cref="ObservationScope"/>.
/// </summary>
public sealed class ClusterObserver(
    IInventorySource inventories, IInstanceFiles files, IInstanceLogs logging, IAddresses addresses,
    ImageExaminer images, SecretVault vault, PostgresSessions sessions, Provisioning provisioning, Archives archives)
{
    /// <summary>With a primary that answered just now; what it does not say in time is not known in this pass.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Whoever runs shows its certificate at once; this is for one that hangs.</summary>
    private static readonly TimeSpan Glimpse = TimeSpan.FromMilliseconds(500);

    public async Task<Observation> ObserveAsync(CortexCluster cluster, CancellationToken ct)
    {
        var key = new ClusterKey(cluster.Metadata.NamespaceProperty, cluster.Metadata.Name);
        await using var round = new QuestionRound(sessions, key, cluster.Spec, ct);
        round.AskEarly(ObservationScope.LikelyServers(cluster));
        var listing = inventories.ListAsync(key, ct);
        var image = await images.LookAsync(key, cluster.Spec.Image, ct);
        var inventory = WithOwnSecrets(await listing);
        var secrets = image.Problem is null || inventory.Secrets.Count == 0
            ? await vault.ReadAsync(key, cluster.Spec.Image, inventory.Secrets, ct)
            : vault.Held(key);
        var certificates = IssuedCertificates.Read(key, secrets);
        var answers = await round.AnswersAsync(ObservationScope.Servers(inventory));
        var scope = new ObservationScope(cluster, inventory, answers);
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
            FatalMessages = logs.Select(one => (one.Key, Words: FatalMessage.LastIn(one.Value)))
                .Where(one => one.Words is not null).ToDictionary(one => one.Key, one => one.Words!),
            Ends = logs.ToDictionary(one => one.Key, one => ServerProcess.Ends(one.Value)),
            Control = control,
            Data = await InspectAsync(scope, key, image, ct),
            RefusedConfiguration = image.Facts is { } present ? provisioning.Refused(key, cluster.Spec, present) : [],
            KeptData = provisioning.KeptData(key).Where(one => inventory.HasVolume(one.Key)).ToDictionary(),
            CopyRefused = answers.GetValueOrDefault(cluster.Status?.Primary ?? "") is { Tablespaces.Count: > 0 }
                ? provisioning.Uncopied(key)
                : new HashSet<string>(),
            WrittenRevisions = provisioning.WrittenRevisions(key),
            Reloads = provisioning.Reloads(key),
            ApplicationReady = application is { } looked ? new(true, looked.Ready) : default,
            DatabaseExists = application is { } there ? new(true, there.Exists) : default,
            Archive = scope.ArchivingServer is { } archiving
                ? await archives.LookAsync(key, cluster.Spec, archiving, scope.MayReadRepository, ct)
                : null,
            LoginObstacle = application?.Bar ?? LoginObstacle.None,
        };
    }

    /// <summary>
    /// Secrets carry no owner's mark; the network does, and it is made before them. Where it is another's, so are the secrets under our
    /// names.
    /// </summary>
    private static Inventory WithOwnSecrets(Inventory inventory) =>
        inventory.Foreign.Any(thing => thing.Kind == "network") ? inventory with { Secrets = [] } : inventory;

    private async Task<IReadOnlyDictionary<string, CertificateFacts>> ShownAsync(
        ObservationScope scope, ClusterKey key, CancellationToken ct)
    {
        var shown = await Task.WhenAll(scope.CertificatesShown.Select(async one =>
            (Instance: one, Facts: await ShownCertificate.ReadAsync(addresses.AddressOf(key, scope.Cluster.Spec, one), Glimpse, ct))));
        return shown.Where(one => one.Facts is not null).ToDictionary(one => one.Instance, one => one.Facts!);
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

    private async Task<IReadOnlyDictionary<string, DataSeen>> InspectAsync(
        ObservationScope scope, ClusterKey key, ImageSeen image, CancellationToken ct)
    {
        Dictionary<string, DataSeen> found = [];
        if (image.Facts is not { } facts)
        {
            return found;
        }

        foreach (var instance in scope.DataDirectories)
        {
            if (await provisioning.InspectAsync(key, scope.Cluster.Spec, instance, facts, ct) is { } data)
            {
                found[instance] = data;
            }
        }

        return found;
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
            return await ApplicationDatabase.LookAsync(source, spec.Database, passwords, ct).WaitAsync(Patience, ct);
        }
        catch (Exception cause) when (cause is not OperationCanceledException)
        {
            // It broke off, or answered what no PostgreSQL does.
            return null;
        }
    }
}
