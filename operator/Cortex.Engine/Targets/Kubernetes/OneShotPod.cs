using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Naming;
using k8s.Models;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>The pod of a one-shot: the same script, volume and secrets that Podman gives a container of its own.</summary>
internal static class OneShotPod
{
    public const string Container = "task";

    private const string Scratch = "tmp";

    private const int OwnerReads = 256; // 0400; the group is added by the machine

    /// <summary>Who looks into an image needs no rights; and in a restricted namespace nobody is root.</summary>
    private static readonly (int Uid, int Gid) Nobody = (65534, 65534);

    /// <summary>
    /// What takes a moment may run on a machine that is being drained, and has to where the volume is that machine's own: the primary's
    /// drain waits for a promotion, and that reads the control file of the old primary
    /// (https://kubernetes.io/docs/concepts/architecture/nodes/#manual-node-administration).
    /// </summary>
    private static readonly V1Toleration Cordoned = new()
    {
        Key = "node.kubernetes.io/unschedulable",
        OperatorProperty = "Exists",
        Effect = "NoSchedule",
    };

    /// <param name="node">The machine where the instance's own pod runs, whose volume no other may be able to use; null for any.</param>
    /// <param name="cluster">
    /// Whose pod it is; null where there is no such resource. A pod without an owner would stop every drain of its machine: nothing says
    /// that it is made again.
    /// </param>
    public static V1Pod Render(OneShot task, Dictionary<string, string> labels, string? node, CortexCluster? cluster)
    {
        var user = task.User ?? Nobody;
        var pod = new V1Pod
        {
            Metadata = new()
            {
                Name = task.Name,
                NamespaceProperty = task.Cluster.Namespace,
                Labels = labels,
                OwnerReferences = cluster is null ? null : OwnedMetadata.Owners(cluster),
            },
            Spec = new()
            {
                RestartPolicy = "Never",
                NodeName = node,
                TerminationGracePeriodSeconds = 1,
                Tolerations = task.OnNetwork ? null : [Cordoned],
                Containers = [Work(task, user)],
                Volumes = [.. Volumes(task)],
            },
        };
        KubernetesPod.Restrict(pod, user);
        return pod;
    }

    private static V1Container Work(OneShot task, (int Uid, int Gid) user) => new()
    {
        Name = Container,
        Image = task.Image,
        ImagePullPolicy = "IfNotPresent",
        Command = [.. new[] { "sh", "-c", task.Script, task.Name }.Concat(task.Arguments).Select(Literal)],
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
            .. task.Instance is null ? [] : new V1VolumeMount[] { new() { Name = "data", MountPath = Paths.Volume } },
            .. task.Secrets.Count == 0
                ? []
                : new V1VolumeMount[] { new() { Name = "secrets", MountPath = Paths.Secrets, ReadOnlyProperty = true } },
        ],
    };

    /// <summary>
    /// What is given as it stands: of two dollars a kubelet makes one, and of a variable's name in $( ) its value
    /// (https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/, command).
    /// </summary>
    private static string Literal(string word) => word.Replace("$", "$$", StringComparison.Ordinal);

    private static IEnumerable<V1Volume> Volumes(OneShot task)
    {
        yield return new() { Name = Scratch, EmptyDir = new() };
        if (task.Instance is { } instance)
        {
            yield return new() { Name = "data", PersistentVolumeClaim = new() { ClaimName = Names.Volume(instance) } };
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
                        Secret = new()
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
