using System.Collections.Concurrent;
using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Naming;
using Cortex.Core.Pki;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Observe;
using Cortex.Engine.Secrets;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Act;

/// <summary>The one-shot containers that work on an instance's volume. The scripts say what each may find half done.</summary>
public sealed class Provisioning(IExecutionTarget target, SecretVault vault)
{
    /// <summary>A database of terabytes over a slow link; whoever loses patience sooner deletes the resource or the instance.</summary>
    private static readonly TimeSpan LongestClone = TimeSpan.FromHours(24);

    private readonly ConcurrentDictionary<(ClusterKey, string), string> laid = new();

    /// <summary>By instance, the configuration that was last laid into its volume by this process.</summary>
    public IReadOnlyDictionary<string, string> LaidRevisions(ClusterKey cluster) =>
        laid.Where(one => one.Key.Item1 == cluster).ToDictionary(one => one.Key.Item2, one => one.Value);

    public async Task InitialiseAsync(ClusterKey cluster, ClusterSpec spec, string instance, ImageFacts image, CancellationToken ct)
    {
        var (task, revision) = Describe(cluster, spec, instance, image, ProvisioningScripts.Initialise, ProvisioningScripts.Roles);
        await RunAsync(WithSecret(task, Names.SuperuserSecret(cluster.Name), "superuser"), $"initdb of {instance}", ct);
        laid[(cluster, instance)] = revision;
    }

    public async Task CloneAsync(ClusterKey cluster, ClusterSpec spec, string instance, string primary, ImageFacts image, CancellationToken ct)
    {
        var (task, revision) = Describe(cluster, spec, instance, image, ProvisioningScripts.Clone, InstanceConfiguration.CloneSource(instance, primary));
        await RunAsync(task with { OnNetwork = true, Timeout = LongestClone }, $"the clone of {instance} from {primary}", ct);
        laid[(cluster, instance)] = revision;
    }

    /// <summary>Returns the revision that it wrote: a certificate may have been issued since the world was observed.</summary>
    public async Task<string> ConfigureAsync(ClusterKey cluster, ClusterSpec spec, string instance, ImageFacts image, CancellationToken ct)
    {
        var (task, revision) = Describe(cluster, spec, instance, image, ProvisioningScripts.Configure);
        await RunAsync(task, $"the configuration of {instance}", ct);
        laid[(cluster, instance)] = revision;
        return revision;
    }

    /// <summary>What lies in a volume; null when there is no whole data directory.</summary>
    public async Task<DataSeen?> InspectAsync(ClusterKey cluster, ClusterSpec spec, string instance, ImageFacts image, CancellationToken ct)
    {
        var output = await RunAsync(
            new OneShot
            {
                Cluster = cluster,
                Name = Names.OneShot(instance),
                Image = spec.Image,
                Script = ProvisioningScripts.Inspect,
                User = (image.Uid, image.Gid),
                Instance = instance,
            },
            $"the inspection of {instance}",
            ct);
        var fields = output.Split('\n').Select(line => line.Split(':', 2)).Where(parts => parts.Length == 2).ToDictionary(parts => parts[0], parts => parts[1].Trim());
        return fields.TryGetValue("Database system identifier", out var system)
            ? new DataSeen(system, long.Parse(fields["Latest checkpoint's TimeLineID"], CultureInfo.InvariantCulture), fields.ContainsKey("Standby signal"))
            : null;
    }

    private static OneShot WithSecret(OneShot task, string name, string file) =>
        task with { Secrets = new Dictionary<string, string>(task.Secrets) { [name] = file } };

    private (OneShot Task, string Revision) Describe(ClusterKey cluster, ClusterSpec spec, string instance, ImageFacts image, string script, params string[] more)
    {
        var configuration = Configuration(cluster, spec, instance, image);
        var authority = PairFile.Read(vault.Held(cluster).GetValueOrDefault(Names.CaSecret(cluster.Name)))
            ?? throw new TargetException($"the secret {Names.CaSecret(cluster.Name)} holds no certificate authority; delete it to have a new one made");
        var task = new OneShot
        {
            Cluster = cluster,
            Name = Names.OneShot(instance),
            Image = spec.Image,
            Script = script,
            Arguments = [configuration.Settings, configuration.Hba, configuration.Ident, authority.CertificatePem, .. more],
            User = (image.Uid, image.Gid),
            Instance = instance,
            Secrets = new Dictionary<string, string>
            {
                [Names.ServerCertificate(instance)] = "server.pem",
                [Names.ReplicationCertificate(cluster.Name)] = "replication.pem",
            },
        };
        return (task, configuration.Revision);
    }

    private InstanceConfiguration Configuration(ClusterKey cluster, ClusterSpec spec, string instance, ImageFacts image) => InstanceConfiguration.Render(
        cluster,
        spec,
        instance,
        image.MajorVersion,
        ClusterObserver.Fingerprints(cluster, instance, ClusterObserver.Certificates(cluster, vault.Held(cluster))));

    private async Task<string> RunAsync(OneShot task, string what, CancellationToken ct)
    {
        var result = await target.RunOneShotAsync(task, ct);
        return result.ExitCode == 0
            ? result.Output
            : throw new TargetException(string.Create(CultureInfo.InvariantCulture, $"{what} ended with exit code {result.ExitCode}: {LastLines(result.Output)}"));
    }

    private static string LastLines(string output) =>
        string.Join(" / ", output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(3));
}
