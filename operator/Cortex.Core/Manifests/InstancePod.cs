using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;
using k8s.Models;

namespace Cortex.Core.Manifests;

/// <summary>
/// The one pod model of an instance, for Podman and for Kubernetes. It keeps to what <c>podman kube play</c> does well in every
/// version from 4.3.1 on: one claim, no init containers, no Secret, ConfigMap or emptyDir volumes, no probes.
/// </summary>
public static class InstancePod
{
    public const int Port = 5432;

    private const string DataVolume = "data";

    /// <summary>The repository of backups, where the spec names a volume for it.</summary>
    public const string RepositoryVolume = "repository";

    public static V1Pod Render(ClusterKey cluster, ClusterSpec spec, string instance, ImageFacts image) => new()
    {
        ApiVersion = "v1",
        Kind = "Pod",
        Metadata = new()
        {
            Name = instance,
            Labels = new Dictionary<string, string>(Labels.Of(cluster, instance))
            {
                [Labels.Revision] = PodRevision.Of(cluster, spec, instance),
            },
        },
        Spec = new()
        {
            Hostname = instance,
            // What has ended is restarted, with or without an operator; a stop through the API stays.
            RestartPolicy = "Always",
            TerminationGracePeriodSeconds = 60,
            Containers = [Postgres(cluster, spec, instance, image), Hold(spec, image)],
            Volumes =
            [
                new() { Name = DataVolume, PersistentVolumeClaim = new() { ClaimName = Names.Volume(instance) } },
                .. RepositoryOf(spec) is { } repository
                    ? [new V1Volume { Name = RepositoryVolume, PersistentVolumeClaim = new() { ClaimName = repository } }]
                    : Array.Empty<V1Volume>(),
            ],
        },
    };

    private static V1Container Postgres(ClusterKey cluster, ClusterSpec spec, string instance, ImageFacts image) => new()
    {
        Name = Names.PostgresContainer,
        Image = spec.Image,
        ImagePullPolicy = "IfNotPresent",
        Command = ["sh", "-c", ServerProcess.Script, "postgres"],
        // On the command line, so that no file in the data directory and no ALTER SYSTEM can point elsewhere or open plaintext.
        Args =
        [
            "-D", Paths.Data,
            "-c", $"config_file={Paths.Server.SettingsFile}",
            "-c", $"hba_file={Paths.Server.HbaFile}",
            "-c", $"ident_file={Paths.Server.IdentFile}",
            "-c", "ssl=on",
        ],
        Ports =
        [
            new()
            {
                Name = "postgres",
                ContainerPort = Port,
                HostPort = HostPort.Of(cluster, spec, instance),
                HostIP = spec.Podman.BindAddress,
            },
        ],
        Resources = Resources(spec.Resources),
        SecurityContext = Unprivileged(image),
        VolumeMounts =
        [
            new() { Name = DataVolume, MountPath = Paths.Volume },
            .. RepositoryOf(spec) is not null
                ? [new V1VolumeMount { Name = RepositoryVolume, MountPath = Paths.Repository }]
                : Array.Empty<V1VolumeMount>(),
        ],
    };

    private static string? RepositoryOf(ClusterSpec spec) => spec.Backup?.Repository.Directory?.Volume;

    /// <summary>
    /// Podman removes the network of a pod with its last container. A client that connects at that moment would get no answer for seconds.
    /// While this container runs, the client is refused at once, and tries the next host of its list.
    /// </summary>
    private static V1Container Hold(ClusterSpec spec, ImageFacts image) => new()
    {
        Name = Names.HoldContainer,
        Image = spec.Image,
        ImagePullPolicy = "IfNotPresent",
        Command = ["sh", "-c", "trap 'exit 0' TERM INT; while :; do sleep 3600 & wait; done"],
        SecurityContext = Unprivileged(image),
    };

    private static V1SecurityContext Unprivileged(ImageFacts image) => new()
    {
        RunAsUser = image.Uid,
        RunAsGroup = image.Gid,
        RunAsNonRoot = true,
        ReadOnlyRootFilesystem = true,
        AllowPrivilegeEscalation = false,
        Capabilities = new() { Drop = ["ALL"] },
    };

    private static V1ResourceRequirements? Resources(ResourcesSpec? spec) => spec is null ? null : new()
    {
        Requests = spec.Requests.ToDictionary(pair => pair.Key, pair => new ResourceQuantity(pair.Value)),
        Limits = spec.Limits.ToDictionary(pair => pair.Key, pair => new ResourceQuantity(pair.Value)),
    };
}
