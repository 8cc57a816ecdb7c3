using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Pki;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Act;
using Cortex.Engine.Secrets;
using Cortex.Engine.Sql;
using Cortex.Engine.Targets;
using Npgsql;

namespace Cortex.Engine.Observe;

/// <summary>Reads the world of one cluster: objects, certificates, and every PostgreSQL that answers, in parallel and within a deadline.</summary>
public sealed class ClusterObserver(IExecutionTarget target, ImageExaminer images, SecretVault vault, PostgresSessions sessions, Provisioning provisioning)
{
    /// <summary>With a primary that answered just now; what it does not say in time is not known in this pass.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Whoever runs shows its certificate at once; this is for one that hangs.</summary>
    private static readonly TimeSpan Glimpse = TimeSpan.FromMilliseconds(500);

    public async Task<Observation> ObserveAsync(CortexCluster cluster, CancellationToken ct)
    {
        var key = new ClusterKey(cluster.Metadata.NamespaceProperty, cluster.Metadata.Name);
        await using var round = new QuestionRound(sessions, key, cluster.Spec, ct);
        round.AskEarly(Membership.Members(cluster));
        var listing = target.ListAsync(key, ct);
        var image = await images.LookAsync(key, cluster.Spec.Image, ct);
        var inventory = WithOwnSecrets(await listing);
        var secrets = image.Problem is null || inventory.Secrets.Count == 0
            ? await vault.ReadAsync(key, cluster.Spec.Image, inventory.Secrets, ct)
            : vault.Held(key);
        var certificates = IssuedCertificates.Read(key, secrets);
        var answers = await round.AnswersAsync(inventory.Pods.Where(pod => pod.State == PodState.Running).Select(pod => pod.Instance));
        var application = await ApplicationAsync(cluster, key, secrets, answers, ct);
        var control = await ReadControlAsync(cluster, key, inventory, answers, ct);
        var logs = await LogsAsync(cluster, key, inventory, answers, ct);
        return new Observation
        {
            Cluster = key,
            Inventory = inventory,
            Image = image,
            Certificates = certificates,
            AuthorityPem = PairFile.Read(secrets.GetValueOrDefault(Names.CaSecret(key.Name)))?.CertificatePem,
            Postgres = answers,
            Shown = await ShownAsync(cluster, key, inventory, answers, ct),
            LastWords = logs.Select(one => (one.Key, Words: LastWords.Of(one.Value))).Where(one => one.Words is not null).ToDictionary(one => one.Key, one => one.Words!),
            Ends = logs.ToDictionary(one => one.Key, one => ServerProcess.Ends(one.Value)),
            Control = control,
            Data = await InspectAsync(cluster, key, inventory, image, ct),
            RefusedConfiguration = image.Facts is { } present ? provisioning.Refused(key, cluster.Spec, present) : [],
            KeptData = provisioning.KeptData(key).Where(one => inventory.HasVolume(one.Key)).ToDictionary(),
            CopyRefused = answers.GetValueOrDefault(cluster.Status?.Primary ?? "") is { Tablespaces.Count: > 0 } ? provisioning.Uncopied(key) : new HashSet<string>(),
            LaidRevisions = provisioning.LaidRevisions(key),
            ApplicationReady = application is { } looked ? new(true, looked.Ready) : default,
            DatabaseExists = application is { } there ? new(true, there.Exists) : default,
            LoginBar = application?.Bar ?? LoginBar.None,
        };
    }

    /// <summary>Secrets carry no owner's mark; the network does, and it is made before them. Where it is another's, so are the secrets under our names.</summary>
    private static Inventory WithOwnSecrets(Inventory inventory) =>
        inventory.Foreign.Any(thing => thing.Kind == "network") ? inventory with { Secrets = [] } : inventory;

    /// <summary>A promotion is waited for: a look must be quick.</summary>
    private static bool IsHasty(CortexCluster cluster) =>
        cluster.Status?.Promotion is not null || (cluster.Spec.Promote is { Length: > 0 } wish && wish != cluster.Status?.Primary);

    /// <summary>Of those that run and do not answer.</summary>
    private async Task<IReadOnlyDictionary<string, CertificateFacts>> ShownAsync(
        CortexCluster cluster, ClusterKey key, Inventory inventory, Dictionary<string, PostgresSeen> answers, CancellationToken ct)
    {
        var silent = IsHasty(cluster) ? [] : inventory.Pods.Where(pod => pod.State == PodState.Running && !answers.ContainsKey(pod.Instance)).Select(pod => pod.Instance);
        var shown = await Task.WhenAll(silent.Select(async one => (one, Facts: await ShownCertificate.ReadAsync(target.AddressOf(key, cluster.Spec, one), Glimpse, ct))));
        return shown.Where(one => one.Facts is not null).ToDictionary(one => one.one, one => one.Facts!);
    }

    /// <summary>Only of those that should answer and do not.</summary>
    private async Task<Dictionary<string, string>> LogsAsync(
        CortexCluster cluster, ClusterKey key, Inventory inventory, Dictionary<string, PostgresSeen> answers, CancellationToken ct)
    {
        Dictionary<string, string> logs = [];
        if (IsHasty(cluster))
        {
            return logs;
        }

        foreach (var pod in inventory.Pods.Where(pod => pod is { State: not PodState.Created, Image: not null } && !answers.ContainsKey(pod.Instance)))
        {
            logs[pod.Instance] = await target.ReadLogAsync(key, pod.Instance, ct);
        }

        return logs;
    }

    /// <summary>Of those that do not answer, where something follows from it: in a promotion, and for a standby, which needs as much as it says to start.</summary>
    private async Task<Dictionary<string, ControlFile>> ReadControlAsync(
        CortexCluster cluster, ClusterKey key, Inventory inventory, Dictionary<string, PostgresSeen> answers, CancellationToken ct)
    {
        Dictionary<string, ControlFile> found = [];
        var status = cluster.Status;
        if (status is not ({ Promotion: not null } or { Primary: not null, SystemIdentifier: not null })
            || (status.Promotion is null && IsHasty(cluster) && !answers.ContainsKey(status.Primary!)))
        {
            return found;
        }

        foreach (var one in inventory.Volumes.Select(volume => volume.Instance).Where(one => !answers.ContainsKey(one) && (status.Promotion is not null || one != status.Primary)))
        {
            if (ControlFile.Parse(await target.ReadControlAsync(key, cluster.Spec.Image, one, ct)) is { } left)
            {
                found[one] = left;
            }
        }

        return found;
    }

    /// <summary>Only for a cluster that is taken up again: volumes there, and no decision who leads.</summary>
    private async Task<IReadOnlyDictionary<string, DataSeen>> InspectAsync(
        CortexCluster cluster, ClusterKey key, Inventory inventory, ImageSeen image, CancellationToken ct)
    {
        Dictionary<string, DataSeen> found = [];
        if (cluster.Status?.Primary is not null || image.Facts is not { } facts)
        {
            return found;
        }

        foreach (var volume in inventory.Volumes.Where(volume => inventory.Pod(volume.Instance) is null))
        {
            if (await provisioning.InspectAsync(key, cluster.Spec, volume.Instance, facts, ct) is { } data)
            {
                found[volume.Instance] = data;
            }
        }

        return found;
    }

    private async Task<ApplicationSeen?> ApplicationAsync(
        CortexCluster cluster, ClusterKey key, IReadOnlyDictionary<string, byte[]> secrets, Dictionary<string, PostgresSeen> answers, CancellationToken ct)
    {
        if (cluster.Status?.Primary is not { } primary
            || answers.GetValueOrDefault(primary) is not { InRecovery: false }
            || RolePasswords.From(key, secrets) is not { } passwords
            || sessions.For(key, cluster.Spec, primary) is not { } source)
        {
            return null;
        }

        try
        {
            return await ApplicationDatabase.LookAsync(source, cluster.Spec.Database, passwords, ct).WaitAsync(Patience, ct);
        }
        catch (Exception cause) when (cause is not OperationCanceledException)
        {
            // It broke off, or answered what no PostgreSQL does.
            return null;
        }
    }
}
