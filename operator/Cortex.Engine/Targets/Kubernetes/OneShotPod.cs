using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Manifests;
using Cortex.Core.Naming;
using k8s.Models;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>The pod of a one-shot: the same script, volume and secrets that a one-shot container has on Podman.</summary>
internal static class OneShotPod
{
    public const string Container = "task";

    private const string Scratch = "tmp";

    private const string Data = "data";

    /// <summary>Kubernetes gives every pod a network. A pod that needs none gets at least no name server.</summary>
    private const string NoNameServer = "127.0.0.1";

    private const int OwnerReads = 256; // 0400; the node adds the group

    /// <summary>The account for the examination of an image: it needs no rights, and a restricted namespace does not allow root.</summary>
    private static readonly (int Uid, int Gid) Unprivileged = (65534, 65534);

    /// <summary>
    /// Short work may run on a node that is being drained. It has to where the volume is local to that node: the drain of a primary waits
    /// for a promotion, which reads the control file of the old primary
    /// (https://kubernetes.io/docs/concepts/architecture/nodes/#manual-node-administration).
    /// </summary>
    private static readonly V1Toleration Cordoned = new()
    {
        Key = "node.kubernetes.io/unschedulable",
        OperatorProperty = "Exists",
        Effect = "NoSchedule",
    };

    /// <param name="place">Where it has to run.</param>
    /// <param name="cluster">
    /// The owner of the pod; null where there is no such resource. A pod without an owner would block every drain of its node, because no
    /// controller would make it again.
    /// </param>
    public static V1Pod Render(OneShot task, PodRequest request, PodPlace place, CortexCluster? cluster)
    {
        var user = task.User ?? Unprivileged;
        var needsNetwork = task.OnNetwork || task.OnCommonNetwork;
        var pod = new V1Pod
        {
            Metadata = new()
            {
                Name = task.Name,
                NamespaceProperty = task.Cluster.Namespace,
                Labels = request.Labels,
                Annotations = request.Annotations,
                OwnerReferences = cluster is null ? null : OwnedMetadata.Owners(cluster),
            },
            Spec = new()
            {
                RestartPolicy = "Never",
                NodeName = place.Node,
                Affinity = place.Beside is { } beside ? On(beside) : null,
                TerminationGracePeriodSeconds = 1,
                Tolerations = needsNetwork || request.IsLong ? null : [Cordoned],
                DnsPolicy = needsNetwork ? null : "None",
                DnsConfig = needsNetwork ? null : new() { Nameservers = [NoNameServer] },
                Containers = [Work(task, request, user)],
                Volumes = [.. Volumes(task, request)],
            },
        };
        KubernetesPod.Restrict(pod, user);
        return pod;
    }

    /// <summary>By the name of the node, which its label may not have (https://kubernetes.io/docs/reference/node/node-labels/).</summary>
    private static V1Affinity On(string node) => new()
    {
        NodeAffinity = new()
        {
            RequiredDuringSchedulingIgnoredDuringExecution = new()
            {
                NodeSelectorTerms =
                [
                    new() { MatchFields = [new() { Key = "metadata.name", OperatorProperty = "In", Values = [node] }] },
                ],
            },
        },
    };

    private static V1Container Work(OneShot task, PodRequest request, (int Uid, int Gid) user) => new()
    {
        Name = Container,
        Image = task.Image,
        ImagePullPolicy = "IfNotPresent",
        Command = [.. new[] { "sh", "-c", OutputEnd.After(task.Script), task.Name }.Concat(task.Arguments).Select(Literal)],
        SecurityContext = new()
        {
            RunAsUser = user.Uid,
            RunAsGroup = user.Gid,
            RunAsNonRoot = true,
            ReadOnlyRootFilesystem = true,
            AllowPrivilegeEscalation = false,
            Capabilities = new() { Drop = ["ALL"] },
        },
        VolumeMounts =
        [
            new() { Name = Scratch, MountPath = "/tmp" },
            .. DataOf(task, request) is null
                ? []
                : new V1VolumeMount[] { new() { Name = Data, MountPath = Paths.Volume } },
            .. task.Repository is null
                ? []
                : new V1VolumeMount[]
                {
                    new()
                    {
                        Name = InstancePod.RepositoryVolume,
                        MountPath = Paths.Repository,
                        ReadOnlyProperty = task.OnlyReadsRepository ? true : null,
                    },
                },
            .. task.Secrets.Count == 0
                ? []
                : new V1VolumeMount[] { new() { Name = "secrets", MountPath = Paths.Secrets, ReadOnlyProperty = true } },
        ],
    };

    /// <summary>
    /// Escapes an argument: a kubelet turns two dollar signs into one, and replaces $(NAME) by the value of the variable
    /// (https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/, command).
    /// </summary>
    private static string Literal(string word) => word.Replace("$", "$$", StringComparison.Ordinal);

    private static string? DataOf(OneShot task, PodRequest request) =>
        task.Instance is { } instance ? Names.Volume(instance) : request.Scratch;

    /// <summary>The names of those of its secrets that users made.</summary>
    public static IEnumerable<string> UserSecretsOf(OneShot task) =>
        task.Secrets.Where(secret => RepositorySecrets.IsOfUser(secret.Value)).Select(secret => secret.Key);

    /// <summary>A folder with the entries that exist. The pod also starts without them, and its program says what it lacks.</summary>
    private static V1SecretProjection OfUser(string name, string folder) => new()
    {
        Name = name,
        Optional = true,
        Items = [.. SecretEntries.All.Select(entry => new V1KeyToPath { Key = entry, Path = $"{folder}/{entry}" })],
    };

    private static IEnumerable<V1Volume> Volumes(OneShot task, PodRequest request)
    {
        yield return new() { Name = Scratch, EmptyDir = new() };
        if (DataOf(task, request) is { } data)
        {
            yield return new() { Name = Data, PersistentVolumeClaim = new() { ClaimName = data } };
        }

        if (task.Repository is { } repository)
        {
            yield return new() { Name = InstancePod.RepositoryVolume, PersistentVolumeClaim = new() { ClaimName = repository } };
        }

        if (task.Secrets.Count > 0)
        {
            yield return new()
            {
                Name = "secrets",
                Projected = new()
                {
                    DefaultMode = OwnerReads,
                    Sources = [.. task.Secrets.Select(secret => new V1VolumeProjection
                    {
                        Secret = RepositorySecrets.IsOfUser(secret.Value) ? OfUser(secret.Key, secret.Value) : new()
                        {
                            Name = secret.Key,
                            Items = [new() { Key = KubernetesSecrets.EntryOf(task.Cluster, secret.Key), Path = secret.Value }],
                        },
                    })],
                },
            };
        }
    }
}
