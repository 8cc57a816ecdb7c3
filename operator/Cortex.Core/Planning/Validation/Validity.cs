using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;
using Cortex.Core.Restoring;

namespace Cortex.Core.Planning;

/// <summary>
/// All problems of a resource at once: the field's path and the reason. The schema has the same rules where it can express them.
/// </summary>
public static partial class Validity
{
    private const int LargestPort = 65535;

    private static readonly Func<CortexCluster, IEnumerable<FieldRefusal>>[] Rules =
        [
            Name, Instances, Image, Parameters, Hba, Replication, Database, Lifetimes, Ports, Storage, Clients, LostInstances, Quantities,
            BackupRules.Of, EncryptionRules.Of, S3Rules.Of, SftpRules.Of, RestoreRules.Of,
        ];

    /// <summary>If a part exceeds a limit of the schema, the rest is not checked.</summary>
    public static IReadOnlyList<FieldRefusal> Of(CortexCluster cluster) =>
        SpecLimits.Exceeded(cluster.Spec) is { Count: > 0 } exceeded ? exceeded : [.. Rules.SelectMany(rule => rule(cluster))];

    private static IEnumerable<FieldRefusal> Name(CortexCluster cluster)
    {
        var name = cluster.Metadata.Name ?? "";
        if (!Label().IsMatch(name) || name.Length > Names.LongestCluster)
        {
            yield return new(
                "metadata.name",
                $"\"{name}\" must be a DNS label of at most {Names.LongestCluster} characters: instances are host names made from it");
        }
    }

    private static IEnumerable<FieldRefusal> Instances(CortexCluster cluster)
    {
        if (cluster.Spec.Instances is < 1 or > Membership.MostInstances)
        {
            yield return new("spec.instances", OutOfRange(cluster.Spec.Instances));
        }
    }

    private static string OutOfRange(int instances) =>
        string.Create(CultureInfo.InvariantCulture, $"{instances} must be 1 to {Membership.MostInstances}");

    private static IEnumerable<FieldRefusal> Image(CortexCluster cluster)
    {
        if (string.IsNullOrWhiteSpace(cluster.Spec.Image))
        {
            yield return new("spec.image", $"an image with PostgreSQL {SupportedVersions.Range} is needed");
        }
        else if (!Reference().IsMatch(cluster.Spec.Image))
        {
            yield return new("spec.image", "the name of an image has no blanks, no control characters and no letters beyond ASCII");
        }
    }

    private static IEnumerable<FieldRefusal> Parameters(CortexCluster cluster) => ParameterRules.Validate(cluster.Spec.Postgres.Parameters);

    private static IEnumerable<FieldRefusal> Hba(CortexCluster cluster) => HbaRules.Validate(cluster.Spec.Postgres.Hba);

    /// <summary>Settings with which writes would wait for ever in synchronous mode, or the mode would have no effect.</summary>
    private static IEnumerable<FieldRefusal> Replication(CortexCluster cluster)
    {
        var spec = cluster.Spec;
        if (spec.Replication.Mode != ReplicationMode.Synchronous)
        {
            yield break;
        }

        if (spec.Instances == 1 && spec.Replication.Durability == Durability.Required)
        {
            yield return new(
                "spec.replication.mode",
                "Synchronous with durability Required needs a second instance: with one, no write would ever be acknowledged");
        }

        var commits = spec.Postgres.Parameters.Where(pair => pair.Key.Equals("synchronous_commit", StringComparison.OrdinalIgnoreCase));
        foreach (var (name, value) in commits)
        {
            if (value.Trim().ToLowerInvariant() is not ("on" or "remote_apply"))
            {
                yield return new(
                    $"{ParameterRules.FieldPath}.{name}",
                    $"\"{value}\" would acknowledge commits that no standby has on disk",
                    "in synchronous mode use on or remote_apply");
            }
        }
    }

    private static IEnumerable<FieldRefusal> Database(CortexCluster cluster)
    {
        var (name, owner) = (cluster.Spec.Database.Name, cluster.Spec.Database.Owner);
        if (!Identifier().IsMatch(name) || name is "postgres" or "template0" or "template1")
        {
            yield return new("spec.database.name", $"\"{name}\" must be a plain name (a-z, 0-9, _) other than PostgreSQL's own databases");
        }

        if (!Identifier().IsMatch(owner))
        {
            yield return new("spec.database.owner", $"\"{owner}\" must be a plain name (a-z, 0-9, _)");
        }
        else if (Roles.WhyReserved(owner) is { } why)
        {
            yield return new(
                "spec.database.owner", $"\"{owner}\" cannot be the application's role: {why}", "take another name, such as app");
        }
    }

    private static IEnumerable<FieldRefusal> Lifetimes(CortexCluster cluster)
    {
        var tls = cluster.Spec.Tls;
        var fields = new[]
        {
            ("spec.tls.caLifetime", tls.CaLifetime),
            ("spec.tls.certificateLifetime", tls.CertificateLifetime),
            ("spec.tls.renewBefore", tls.RenewBefore),
        };
        foreach (var (path, value) in fields.Where(field => field is not ("spec.tls.renewBefore", null or "")))
        {
            if (GoDuration.Parse(value) is not { } span || span < TimeSpan.FromMinutes(1))
            {
                yield return new(path, $"\"{value}\" must be a duration of at least a minute, such as 2160h");
            }
        }
    }

    private static IEnumerable<FieldRefusal> Ports(CortexCluster cluster)
    {
        var podman = cluster.Spec.Podman;
        if (BindAddresses.WhyNot(podman.BindAddress) is { } why)
        {
            yield return new("spec.podman.bindAddress", $"\"{podman.BindAddress}\" {why.What}", why.Remedy);
        }

        if (podman.BasePort < 1024 || podman.BasePort + cluster.Spec.Instances - 1 > LargestPort)
        {
            var problem = string.Create(
                CultureInfo.InvariantCulture,
                $"{podman.BasePort} must be 1024 or more, with room for one port per instance up to {LargestPort}");
            yield return new("spec.podman.basePort", problem);
        }
    }

    private static IEnumerable<FieldRefusal> Storage(CortexCluster cluster)
    {
        if (!Quantity.IsSize(cluster.Spec.Storage.Size))
        {
            yield return new("spec.storage.size", $"\"{cluster.Spec.Storage.Size}\" must be a quantity such as 10Gi");
        }
        else if (Quantity.Parse(cluster.Spec.Storage.Size) == 0)
        {
            yield return new("spec.storage.size", $"\"{cluster.Spec.Storage.Size}\" must be more than 0, such as 10Gi");
        }
    }

    private static IEnumerable<FieldRefusal> Clients(CortexCluster cluster)
    {
        foreach (var (at, source) in cluster.Spec.Kubernetes.AllowFrom.Index())
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"spec.kubernetes.allowFrom[{at}]");
            if (source is { Cidr: { Length: > 0 } block } && !IPNetwork.TryParse(block, out _))
            {
                yield return new($"{path}.cidr", $"\"{block}\" must be a block of addresses such as 10.0.0.0/8");
            }
            else if (string.IsNullOrEmpty(source.Cidr) == (string.IsNullOrEmpty(source.Namespace) && source.PodLabels.Count == 0))
            {
                yield return new(path, "needs either cidr, or namespace or podLabels");
            }
        }
    }

    private static IEnumerable<FieldRefusal> LostInstances(CortexCluster cluster) => cluster.Spec.Kubernetes.LostInstances
        .Where(instance => Names.IndexOf(cluster.Metadata.Name ?? "", instance) is null)
        .Select(instance => new FieldRefusal("spec.kubernetes.lostInstances", $"{instance} is not an instance of this cluster"));

    private static IEnumerable<FieldRefusal> Quantities(CortexCluster cluster) =>
    [
        .. Quantities("spec.resources.requests", cluster.Spec.Resources?.Requests, SpecLimits.LeastCpuRequest),
        .. Quantities("spec.resources.limits", cluster.Spec.Resources?.Limits, SpecLimits.LeastCpuLimit),
    ];

    private static IEnumerable<FieldRefusal> Quantities(string path, IReadOnlyDictionary<string, string>? values, string leastCpu)
    {
        foreach (var (name, value) in values ?? new Dictionary<string, string>())
        {
            if (name is not ("cpu" or "memory") || Quantity.Parse(value) is not { } number)
            {
                yield return new($"{path}.{name}", $"\"{value}\" must be a quantity for cpu or memory, such as 500m or 1Gi");
            }
            else if (name == "memory" && !Quantity.IsSize(value))
            {
                yield return new(
                    $"{path}.{name}",
                    $"\"{value}\" is in thousandths of a byte",
                    $"memory has another unit, such as Mi, and must be at least {SpecLimits.LeastMemory}");
            }
            else if ((name == "cpu" ? leastCpu : SpecLimits.LeastMemory) is var least && number < Quantity.Parse(least))
            {
                yield return new($"{path}.{name}", $"\"{value}\" must be at least {least}: no server starts with less");
            }
        }
    }

    [GeneratedRegex(@"^[!-~]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Reference();

    [GeneratedRegex(@"^[a-z]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Label();

    [GeneratedRegex(@"^[a-z_][a-z0-9_]{0,62}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Identifier();
}
