using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Naming;
using Cortex.Core.Pki;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning.Forecasts;

/// <summary>A simulated healthy cluster in which every step succeeds: as much of it as plans depend on.</summary>
internal sealed class SoundCluster
{
    private const string System = "0";

    private static readonly Dictionary<string, string> Unaddressed = [];

    /// <summary>A forecast issues its certificates without fingerprints, because no certificate is written again.</summary>
    private static readonly Dictionary<string, CertificateFacts> Unprinted = [];

    private readonly ImageFacts image;
    private readonly Dictionary<string, Part> parts;
    private readonly ClusterKey key;
    private string primary;
    private long timeline;
    private DatabaseSpec database;

    public SoundCluster(CortexCluster live, ClusterSpec edited, ImageFacts before, ImageFacts after)
    {
        key = new ClusterKey(live.Metadata.NamespaceProperty, live.Metadata.Name);
        image = after;
        primary = live.Status?.Primary ?? throw new ArgumentException("It has no primary yet.", nameof(live));
        timeline = live.Status.Timeline ?? 1;
        database = live.Spec.Database;
        Cluster = new CortexCluster
        {
            Metadata = new() { Name = key.Name, NamespaceProperty = key.Namespace, Generation = (live.Metadata.Generation ?? 0) + 1 },
            Spec = edited,
            Status = live.Status with
            {
                Fenced = [],
                Promotion = null,
                SystemIdentifier = System,
                Timeline = timeline,
                PostgresVersion = before.PostgresVersion,
            },
        };
        var made = new Layer(live.Spec, before);
        parts = Membership.Members(key.Name, live.Spec, primary)
            .ToDictionary(member => member, member => new Part(member, made) { Written = made });
    }

    public CortexCluster Cluster { get; }

    private ClusterSpec Spec => Cluster.Spec;

    private IReadOnlyList<string> Members => Membership.Members(key.Name, Spec, primary);

    public Observation Observe(DateTimeOffset now)
    {
        return new Observation
        {
            Cluster = key,
            Inventory = new Inventory
            {
                NetworkExists = true,
                Pods = [.. parts.Values.Where(part => part.Pod is not null).Select(Pod)],
                Volumes = [.. parts.Keys.Select(found => new VolumeSeen(Names.Volume(found), found))],
                Secrets = [.. Names.Secrets(key.Name, Members).Select(name => new SecretSeen(name, ""))],
                Jobs = [.. parts.Values.Select(part => part.Job).OfType<JobSeen>()],
            },
            Image = new ImageSeen(image, null),
            Certificates = Certificates(now),
            Postgres = Answers(),
            WrittenRevisions = parts.Values.ToDictionary(part => part.Name, part => Revision(part.Name, part.Written)),
            ApplicationReady = new(true, Spec.Database == database),
        };
    }

    public void Do(Step step, DateTimeOffset now)
    {
        switch (step)
        {
            case Step.CreateVolume createVolume: AddEmpty(createVolume.Instance); break;
            case Step.Configure configure: parts[configure.Instance].Written = Wanted(configure.Instance); break;
            case Step.Join join: Join(parts[join.Instance], join.From); break;
            case Step.FinishJoin finishJoin: parts[finishJoin.Instance].Job = null; break;
            case Step.EndJob endJob: parts[endJob.Instance].Job = null; break;
            case Step.StartPod startPod: parts[startPod.Instance].Start(new Layer(Spec, image)); break;
            case Step.StopPod stopPod: parts[stopPod.Instance].Runs = false; break;
            case Step.HandOver handOver: parts[handOver.Instance].Runs = false; break;
            case Step.Fence fence: parts[fence.Instance].Runs = false; break;
            case Step.RemovePod removePod: (parts[removePod.Instance].Runs, parts[removePod.Instance].Pod) = (false, null); break;
            case Step.DeleteVolume deleteVolume: parts.Remove(deleteVolume.Instance); break;
            case Step.Promote promote: (primary, timeline) = (promote.Instance, timeline + 1); break;
            case Step.EnsureDatabase: database = Spec.Database; break;
            case var other when StepsWithoutEffect.Reasons.ContainsKey(other.GetType()): break;
            default: Decide(step, now); break;
        }
    }

    private void AddEmpty(string instance)
    {
        var present = new Layer(Spec, image);
        parts.TryAdd(instance, new Part(instance, present) { Written = present, Pod = null, Runs = false });
    }

    private void Join(Part part, string from)
    {
        part.Written = Wanted(part.Name);
        part.Job = JobSeen.OfJoin(part.Name, from, timeline, exitCode: 0);
    }

    private void Decide(Step step, DateTimeOffset now)
    {
        var status = Cluster.Status!;
        Cluster.Status = step switch
        {
            Step.CompletePromotion completePromotion => Decisions.Complete(status, completePromotion.To, timeline, null, now),
            Step.SuspendSynchronous => Decisions.Suspended(status),
            _ => Decisions.Apply(status, step, now, Cluster.Metadata.Generation)
                ?? throw new InvalidOperationException($"a forecast does not know what {step.GetType().Name} does"),
        };
    }

    private PodSeen Pod(Part part) => new(part.Name, part.Runs ? PodState.Running : PodState.Exited, Image: part.Pod!.Spec.Image)
    {
        ImageId = part.Pod.Image.Id,
        Revision = PodRevision.Of(key, part.Pod.Spec, part.Name),
        HostAddress = part.Pod.Spec.Podman.BindAddress,
        HostPort = HostPort.Of(key, part.Pod.Spec, part.Name),
    };

    private Dictionary<string, PostgresSeen> Answers() => parts.Values.Where(part => part.Runs).ToDictionary(part => part.Name, Answer);

    private Layer Wanted(string instance) => new(Spec, image)
    {
        AtLeast = StartLimits.Of(Cluster.Status, instance, Answers(), new Dictionary<string, ControlFile>()),
    };

    private PostgresSeen Answer(Part part)
    {
        var leads = part.Name == primary;
        var others = Members.Where(other => other != part.Name);
        return new PostgresSeen
        {
            InRecovery = !leads,
            SystemIdentifier = System,
            Timeline = timeline,
            Lsn = 0,
            Streaming = !leads,
            Revision = Revision(part.Name, part.Written),
            OnlyTls = true,
            Standbys = leads ? FollowersOf(part) : new Dictionary<string, long>(),
            Slots = others.ToDictionary(Names.Slot, other => new SlotSeen(leads && Runs(other), leads, Lost: false)),
            PendingRestart = PendingRestart(part),
            Limits = Limits(part.Started),
            Version = part.Pod!.Image.PostgresVersion,
            SynchronousNames = Rows(part.Name, part.Written).FirstOrDefault(row => row.Name == "synchronous_standby_names")?.Value ?? "",
        };
    }

    private Dictionary<string, long> FollowersOf(Part primaryPart) =>
        parts.Values.Where(other => other.Runs && other != primaryPart).ToDictionary(other => other.Name, _ => 0L);

    private bool Runs(string instance) => parts.TryGetValue(instance, out var part) && part.Runs;

    private IReadOnlyList<string> PendingRestart(Part part)
    {
        var changed = SettingsFile.Changes(Rows(part.Name, part.Started), Rows(part.Name, part.Written));
        return [.. changed.Select(row => row.Name).Where(part.Started.Image.Parameters.NeedRestart)];
    }

    private static Dictionary<string, int> Limits(Layer layer) => StandbyLimits.Names
        .Select(name => (Name: name, Wanted: LimitOf(name, layer)))
        .Where(limit => limit.Wanted is not null)
        .ToDictionary(limit => limit.Name, limit => Math.Max(limit.Wanted!.Value, layer.AtLeast.GetValueOrDefault(limit.Name)));

        private static int? LimitOf(string name, Layer layer) =>
            StandbyLimits.Wanted(name, layer.Spec.Postgres.Parameters, layer.Image.Parameters.LimitDefaults);

    private IReadOnlyList<Setting> Rows(string instance, Layer layer) => StandbyLimits.Raise(
        InstanceConfiguration.Merge(key, layer.Spec, Cluster.Status, instance, layer.Image, Unaddressed),
        layer.Spec.Postgres.Parameters,
        layer.AtLeast,
        layer.Image.Parameters.LimitDefaults);

    private string Revision(string instance, Layer layer) =>
        InstanceConfiguration.Render(
            key,
            layer.Spec,
            Cluster.Status,
            instance,
            layer.Image,
            Unaddressed,
            VolumeCertificates.Fingerprints(key, instance, Unprinted),
            layer.AtLeast).Revision;

    /// <summary>They are as the edited spec asks, because their renewal restarts no instance.</summary>
    private Dictionary<string, CertificateFacts> Certificates(DateTimeOffset now) => ClusterCertificates.For(key, Spec, primary)
        .Append(new(Names.CaSecret(key.Name), AuthorityRequest()))
        .ToDictionary(pair => pair.Key, pair => new CertificateFacts
        {
            CommonName = pair.Value.CommonName,
            Subject = "",
            Issuer = "",
            DnsNames = pair.Value.DnsNames.ToHashSet(),
            IpAddresses = pair.Value.IpAddresses.ToHashSet(),
            Uses = new HashSet<LeafUse> { pair.Value.Use },
            NotBefore = now,
            NotAfter = now + pair.Value.Lifetime,
            IsAuthority = pair.Key == Names.CaSecret(key.Name),
            Serial = "",
            Fingerprint = "",
            SubjectKeyId = null,
            AuthorityKeyId = null,
        });

        private LeafRequest AuthorityRequest() =>
            new() { CommonName = "", Use = LeafUse.Server, Lifetime = ClusterCertificates.AuthorityLifetime(Spec) };

    /// <summary>The spec and the image from which a pod or a configuration was made.</summary>
    private sealed record Layer(ClusterSpec Spec, ImageFacts Image)
    {
        /// <summary>The limits of its primary that a standby keeps.</summary>
        public IReadOnlyDictionary<string, int> AtLeast { get; init; } = new Dictionary<string, int>();
    }

    private sealed class Part(string name, Layer made)
    {
        public string Name => name;

        public bool Runs { get; set; } = true;

        /// <summary>What its pod was made from; null where it has no pod.</summary>
        public Layer? Pod { get; set; } = made;

        /// <summary>The configuration in its volume, which it has loaded.</summary>
        public required Layer Written { get; set; }

        /// <summary>A job that has succeeded.</summary>
        public JobSeen? Job { get; set; }

        /// <summary>The configuration that it started with.</summary>
        public Layer Started { get; private set; } = made;

        public void Start(Layer present) => (Pod, Started, Runs) = (Pod ?? present, Written, true);
    }
}
