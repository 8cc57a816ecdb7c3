using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;
using k8s.Models;

namespace Cortex.Core.Manifests;

/// <summary>
/// The same pod in the form that Kubernetes needs: no port of the machine, the fields of the restricted pod security standard
/// (https://kubernetes.io/docs/concepts/security/pod-security-standards/), a probe for the services, and distance between instances.
/// </summary>
public static class KubernetesPod
{
    private const string Hostname = "kubernetes.io/hostname";
    private const string Zone = "topology.kubernetes.io/zone";

    public static V1Pod Render(CortexCluster cluster, string instance, ImageFacts image)
    {
        var key = cluster.Key();
        var pod = InstancePod.Render(key, cluster.Spec, instance, image);
        pod.Metadata.NamespaceProperty = key.Namespace;
        pod.Metadata.OwnerReferences = OwnedMetadata.Owners(cluster);
        pod.Metadata.Labels[Labels.Component] = Labels.InstanceComponent;
        // The primary gets its role once it leads.
        pod.Metadata.Labels[Labels.Role] = Labels.StandbyRole;
        Restrict(pod, (image.Uid, image.Gid));
        Place(pod.Spec, key, cluster.Spec.Kubernetes.Spread);
        Serve(pod.Spec.Containers.Single(container => container.Name == Names.PostgresContainer));
        // The network of a pod exists as long as the pod.
        pod.Spec.Containers = [.. pod.Spec.Containers.Where(container => container.Name != Names.HoldContainer)];
        return pod;
    }

    /// <summary>The fields without which a restricted namespace refuses the pod, and no others.</summary>
    public static void Restrict(V1Pod pod, (int Uid, int Gid) user)
    {
        pod.Spec.AutomountServiceAccountToken = false;
        pod.Spec.EnableServiceLinks = false;
        pod.Spec.SecurityContext = new()
        {
            RunAsNonRoot = true,
            RunAsUser = user.Uid,
            RunAsGroup = user.Gid,
            // The volume and the secrets are given to this group.
            FsGroup = user.Gid,
            // Not file by file at every start: a large volume would take minutes.
            FsGroupChangePolicy = "OnRootMismatch",
            SeccompProfile = new() { Type = "RuntimeDefault" },
        };
    }

    private static void Serve(V1Container postgres)
    {
        foreach (var port in postgres.Ports)
        {
            (port.HostPort, port.HostIP) = (null, null);
        }

        // Where process 1 reports how the server left its data.
        postgres.TerminationMessagePath = ServerProcess.EndMessage;
        // It says when clients may be sent here. Whether PostgreSQL has to be restarted is not decided by a probe.
        postgres.ReadinessProbe = new()
        {
            TcpSocket = new() { Port = InstancePod.Port },
            PeriodSeconds = 2,
            TimeoutSeconds = 2,
            FailureThreshold = 3,
        };
        // An image that does not name SIGINT would get SIGTERM, upon which PostgreSQL waits for its clients
        // (https://www.postgresql.org/docs/current/server-shutdown.html).
        postgres.Lifecycle = new() { PreStop = new() { Exec = new() { Command = ["sh", "-c", "kill -INT 1"] } } };
    }

    private static void Place(V1PodSpec spec, ClusterKey cluster, Spread spread)
    {
        var members = new V1LabelSelector { MatchLabels = Labels.OfInstances(cluster) };
        var apart = new V1PodAffinityTerm { LabelSelector = members, TopologyKey = Hostname };
        spec.Affinity = new()
        {
            PodAntiAffinity = spread == Spread.Required
                ? new() { RequiredDuringSchedulingIgnoredDuringExecution = [apart] }
                : new() { PreferredDuringSchedulingIgnoredDuringExecution = [new() { Weight = 100, PodAffinityTerm = apart }] },
        };
        spec.TopologySpreadConstraints =
        [
            new() { LabelSelector = members, TopologyKey = Zone, MaxSkew = 1, WhenUnsatisfiable = "ScheduleAnyway" },
        ];
    }
}
