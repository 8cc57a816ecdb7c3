using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Pki;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;

namespace Cortex.Core.Tests.Builders;

/// <summary>The input of the planner's tests: a healthy cluster in all its parts, to be changed with <c>with</c>.</summary>
internal static class Given
{
    public const string Pr = "cortex-pr";
    public const string S1 = "cortex-s1";
    public const string S2 = "cortex-s2";
    public const string System = "7000000000000000001";

    /// <summary>Stands for the configuration that the instance should have: <see cref="Loaded"/> puts that in its place.</summary>
    public const string Revision = "as wanted";


    public static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    public static readonly ClusterKey Key = new("default", "cortex");
    public static readonly ImageFacts Image = new("sha256:abc", "17.6", 17, 999, 999);

    public static CortexCluster Cluster(ClusterSpec? spec = null, ClusterStatus? status = null, string name = "cortex") => new()
    {
        Metadata = new() { Name = name, NamespaceProperty = "default", Uid = "u", Generation = 3 },
        Spec = spec ?? new ClusterSpec(),
        Status = status,
    };

    public static ClusterStatus Led(string primary = Pr) => new() { Primary = primary, Timeline = 1, SystemIdentifier = System };

    public static PostgresSeen Writing(long timeline = 1, ulong lsn = 1000, params string[] standbys) => new()
    {
        InRecovery = false,
        SystemIdentifier = System,
        Timeline = timeline,
        Lsn = lsn,
        Revision = Revision,
        OnlyTls = true,
        Standbys = standbys.ToDictionary(standby => standby, _ => 0L),
    };

    public static PostgresSeen Following(long timeline = 1, ulong lsn = 1000, bool streaming = true) =>
        Writing(timeline, lsn) with { InRecovery = true, Streaming = streaming };

    public static PodSeen Pod(string instance, PodState state = PodState.Running, DateTimeOffset? stoppedAt = null) =>
        new(instance, state, state == PodState.Exited ? 0 : null, 0, ClusterSpec.DefaultImage, stoppedAt);

    /// <summary>A converged cluster of that many instances, with <see cref="Pr"/> leading.</summary>
    public static Observation Sound(int instances = 2, ClusterSpec? spec = null)
    {
        var names = Names.Instances("cortex", instances);
        return new Observation
        {
            Cluster = Key,
            Inventory = new Inventory
            {
                NetworkExists = true,
                Pods = [.. names.Select(name => Pod(name))],
                Volumes = [.. names.Select(name => new VolumeSeen(Names.Volume(name), name))],
                Secrets = [.. Names.Secrets("cortex", instances).Select(secret => new SecretSeen(secret, "1"))],
            },
            Image = new ImageSeen(Image, null),
            Certificates = Certificates((spec ?? new ClusterSpec()) with { Instances = instances }, Now),
            Postgres = names.ToDictionary(name => name, name => Answer(name, names)),
            WrittenRevisions = names.ToDictionary(name => name, _ => Revision),
            ApplicationReady = new(true, true),
        };
    }

    private static PostgresSeen Answer(string instance, IReadOnlyList<string> names) =>
        (instance == Pr ? Writing(1, 1000, [.. names.Skip(1)]) : Following()) with { Slots = Slots(names, instance) };

    /// <summary>As in a cluster that nothing has changed: those of the primary are in use.</summary>
    public static IReadOnlyDictionary<string, SlotSeen> Slots(IReadOnlyList<string> names, string instance) => names
        .Where(name => name != instance)
        .ToDictionary(Names.Slot, _ => new SlotSeen(Active: instance == Pr, Reserved: instance == Pr, Lost: false));

    public static Observation WithPostgres(this Observation seen, string instance, PostgresSeen? answer)
    {
        var answers = seen.Postgres.Where(pair => pair.Key != instance).ToDictionary();
        if (answer is not null)
        {
            answers[instance] = answer;
        }

        return seen with { Postgres = answers };
    }

    public static Observation WithPod(this Observation seen, string instance, PodSeen? pod) => seen with
    {
        Inventory = seen.Inventory with
        {
            Pods = [.. seen.Inventory.Pods.Where(podSeen => podSeen.Instance != instance), .. pod is null ? [] : new[] { pod }],
        },
    };

    public static Observation WithJob(this Observation seen, JobSeen job) => seen with { Inventory = seen.Inventory with { Jobs = [job] } };

    public static Observation WithoutVolume(this Observation seen, string instance) => seen with
    {
        Inventory = seen.Inventory with { Volumes = [.. seen.Inventory.Volumes.Where(volume => volume.Instance != instance)] },
    };

    /// <summary>Nothing is there but the image.</summary>
    public static Observation Nothing() => new() { Cluster = Key, Inventory = Inventory.Empty, Image = new ImageSeen(Image, null) };

    /// <summary>Every certificate that the cluster needs, issued at <paramref name="issued"/>.</summary>
    public static Dictionary<string, CertificateFacts> Certificates(ClusterSpec spec, DateTimeOffset issued)
    {
        var all = ClusterCertificates.For(Key, spec, null).ToDictionary(pair => pair.Key, pair => Certificate(pair.Value, issued));
        var authority = new LeafRequest { CommonName = "ca", Use = LeafUse.Server, Lifetime = TimeSpan.FromDays(3650) };
        all[Names.CaSecret("cortex")] = Certificate(authority, issued)
            with { Subject = "CN=ca", IsAuthority = true };
        return all;
    }

    public static CertificateFacts Certificate(LeafRequest request, DateTimeOffset issued) => new()
    {
        CommonName = request.CommonName,
        Subject = $"CN={request.CommonName}",
        Issuer = "CN=ca",
        DnsNames = request.DnsNames.ToHashSet(),
        IpAddresses = request.IpAddresses.ToHashSet(),
        Uses = new HashSet<LeafUse> { request.Use },
        NotBefore = issued,
        NotAfter = issued + request.Lifetime,
        IsAuthority = false,
        Serial = "01",
        Fingerprint = "F",
        SubjectKeyId = null,
        AuthorityKeyId = null,
    };

    public static Plan Plan(CortexCluster cluster, Observation seen) => Plan(new Situation(cluster, seen, Now));

    public static Plan Plan(Situation now) => ClusterPlanner.Plan(now.Cluster, now.Seen.Loaded(now.Cluster), now.Now);

    /// <summary>The same with the configuration that each instance should have where <see cref="Revision"/> stands for it.</summary>
    public static Observation Loaded(this Observation seen, CortexCluster cluster)
    {
        if (Validity.Of(cluster).Count > 0)
        {
            return seen;
        }

        var now = new Situation(cluster, seen, Now);
        string? Real(string instance, string? revision) => revision == Revision ? WantedConfiguration.Revision(now, instance) : revision;
        return seen with
        {
            Postgres = seen.Postgres.ToDictionary(pair => pair.Key, one => one.Value with { Revision = Real(one.Key, one.Value.Revision) }),
            WrittenRevisions = seen.WrittenRevisions.ToDictionary(pair => pair.Key, pair => Real(pair.Key, pair.Value) ?? pair.Value),
        };
    }

    /// <summary>The steps as sentences, lanes flattened: what a test compares.</summary>
    public static IReadOnlyList<Step> Flat(this Plan plan) => [.. plan.InOrder];
}
