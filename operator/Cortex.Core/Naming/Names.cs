using Cortex.Core.Api;

namespace Cortex.Core.Naming;

/// <summary>Every name that the operator gives to an object. Names are composed here only.</summary>
public static class Names
{
    /// <summary>The container in an instance's pod that runs PostgreSQL.</summary>
    public const string PostgresContainer = "postgres";

    /// <summary>The container that keeps a pod's network while PostgreSQL does not run.</summary>
    public const string HoldContainer = "hold";

    /// <summary>
    /// The longest cluster name: instance names become host names (63 characters, RFC 1123), and Podman's container is
    /// <c>INSTANCE-postgres</c>.
    /// </summary>
    public const int LongestCluster = 40;

    /// <summary><c>NAME-pr</c> for index 0, then <c>NAME-s1</c>, <c>NAME-s2</c>: identities, not roles.</summary>
    public static string Instance(string cluster, int index) => index == 0 ? $"{cluster}-pr" : $"{cluster}-s{index}";

    /// <summary>The instances that the spec asks for, in order.</summary>
    public static IReadOnlyList<string> Instances(string cluster, int count) =>
        [.. Enumerable.Range(0, Math.Max(count, 0)).Select(index => Instance(cluster, index))];

    /// <summary>The inverse of <see cref="Instance"/>; null when the name is not an instance of this cluster.</summary>
    public static int? IndexOf(string cluster, string instance)
    {
        if (instance == Instance(cluster, 0))
        {
            return 0;
        }

        return instance.StartsWith($"{cluster}-s", StringComparison.Ordinal)
            && int.TryParse(instance.AsSpan(cluster.Length + 2), System.Globalization.NumberStyles.None, null, out var index)
            && index > 0 && instance == Instance(cluster, index) ? index : null;
    }

    public static string Network(string cluster) => $"{cluster}-net";

    public static string Volume(string instance) => $"{instance}-data";

    /// <summary>The replication slot of an instance, on every other instance. Names of slots consist of a-z, 0-9 and _ only.</summary>
    public static string Slot(string instance) => instance.Replace('-', '_');

    /// <summary>
    /// The one-shot container that works on the volume of an instance. There is one name, so that two never work on one volume.
    /// </summary>
    public static string OneShot(string instance) => $"{instance}-task";

    /// <summary>The one-shot that reads secrets back.</summary>
    public static string Reader(string cluster) => $"{cluster}-reader";

    /// <summary>The one-shot that examines an image.</summary>
    public static string Examiner(string cluster) => $"{cluster}-examiner";

    /// <summary>The one-shot that tries a configuration.</summary>
    public static string Prover(string cluster) => $"{cluster}-prover";

    /// <summary>The container that makes a backup of an instance, beside the running server.</summary>
    public static string Backup(string instance) => $"{instance}-backup";

    /// <summary>The container that restores the newest backup of a cluster and checks it.</summary>
    public static string Verification(string cluster) => $"{cluster}-restore-test";

    /// <summary>The one-shot that prepares the repository of backups.</summary>
    public static string Archivist(string cluster) => $"{cluster}-archivist";

    /// <summary>
    /// Whether a one-shot of the cluster, or of an instance of it, has that name. A test compares this with the one-shots that exist.
    /// </summary>
    public static bool IsOneShot(string cluster, string name) =>
        name == Reader(cluster) || name == Examiner(cluster) || name == Prover(cluster) || name == Archivist(cluster)
        || name == Verification(cluster)
        || IsOfInstance(cluster, name, OneShot("")) || IsOfInstance(cluster, name, Backup(""));

    /// <summary>Whether a container of the cluster has that name, in a pod or alone.</summary>
    public static bool IsContainer(string cluster, string name) => IsOneShot(cluster, name) || IsOfInstance(cluster, name, Container(""));

    private static bool IsOfInstance(string cluster, string name, string suffix) =>
        name.EndsWith(suffix, StringComparison.Ordinal) && IndexOf(cluster, name[..^suffix.Length]) is not null;

    public static string Container(string instance) => Container(instance, PostgresContainer);

    /// <summary>The container of a pod on Podman.</summary>
    public static string Container(string pod, string container) => $"{pod}-{container}";

    public static string CaSecret(string cluster) => $"{cluster}-ca";

    public static string SuperuserSecret(string cluster) => $"{cluster}-superuser";

    public static string ApplicationSecret(string cluster) => $"{cluster}-app";

    public static string ServerCertificate(string instance) => $"{instance}-server-tls";

    public static string ReplicationCertificate(string cluster) => $"{cluster}-replication-tls";

    public static string OperatorCertificate(string cluster) => $"{cluster}-operator-tls";

    public static string ApplicationCertificate(string cluster) => $"{cluster}-app-tls";

    /// <summary>Every secret of a cluster with that many instances.</summary>
    public static IReadOnlyList<string> Secrets(string cluster, int instances) => Secrets(cluster, Instances(cluster, instances));

    /// <summary>Every secret of a cluster with these instances.</summary>
    public static IReadOnlyList<string> Secrets(string cluster, IEnumerable<string> instances) =>
    [
        CaSecret(cluster), SuperuserSecret(cluster), ApplicationSecret(cluster),
        ReplicationCertificate(cluster), OperatorCertificate(cluster), ApplicationCertificate(cluster),
        .. instances.Select(ServerCertificate),
    ];

    /// <summary>The service that finds the primary.</summary>
    public static string ReadWriteService(string cluster) => $"{cluster}-rw";

    /// <summary>The service that finds a standby.</summary>
    public static string ReadOnlyService(string cluster) => $"{cluster}-ro";

    /// <summary>The service that finds any instance.</summary>
    public static string ReadService(string cluster) => $"{cluster}-r";

    /// <summary>The ConfigMap with all that a client needs except the password.</summary>
    public static string Connection(string cluster) => $"{cluster}-connection";

    /// <summary>The disruption budget of the primary; that of the standbys has the cluster's name.</summary>
    public static string PrimaryBudget(string cluster) => $"{cluster}-primary";

    /// <summary>The name of a service or an instance that every pod of a Kubernetes cluster can resolve.</summary>
    public static string Host(ClusterKey cluster, string service) => $"{service}.{cluster.Namespace}.svc";

    /// <summary>
    /// The names under which clients may reach the cluster on Kubernetes. On Podman they do not resolve, and do no harm in a certificate.
    /// </summary>
    public static IReadOnlyList<string> Services(ClusterKey cluster) =>
    [
        .. new[] { ReadWriteService(cluster.Name), ReadOnlyService(cluster.Name), ReadService(cluster.Name) }
            .SelectMany<string, string>(service => [service, Host(cluster, service), $"{Host(cluster, service)}.cluster.local"]),
    ];
}
