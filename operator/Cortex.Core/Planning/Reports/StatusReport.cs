using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Naming;
using Cortex.Core.Planning.Policies.Instances;

namespace Cortex.Core.Planning;

/// <summary>The status, from what was observed and decided. It is rebuilt in each pass, so that it claims nothing outdated.</summary>
public static class StatusReport
{
    public static ClusterStatus Build(Situation now, Plan plan, PassOutcome outcome)
    {
        var instances = now.Members.Select(member => Instance(now, member)).ToList();
        var facts = new ReportFacts(now, plan, outcome, instances);
        return now.Status with
        {
            ObservedGeneration = outcome is { Doing: null, Failure: null }
                ? now.Cluster.Metadata.Generation
                : now.Status.ObservedGeneration,
            Phase = facts.Phase,
            Ready = $"{facts.ReadyInstances}/{now.Spec.Instances}",
            InstancesCount = now.Seen.Inventory.Pods.Count,
            Selector = Labels.Text(Labels.OfInstances(now.Seen.Cluster)),
            Lag = Lag(instances),
            Timeline = now.Leader?.Timeline ?? now.Status.Timeline,
            SystemIdentifier = now.Status.SystemIdentifier ?? now.Leader?.SystemIdentifier,
            PostgresVersion = now.Seen.Answer(now.Status.Primary)?.Version
                ?? now.Status.PostgresVersion
                ?? now.Seen.Image.Facts?.PostgresVersion,
            Database = now.Seen.DatabaseExists.Is(true) ? now.Spec.Database.Name : now.Status.Database,
            Instances = instances,
            Fenced = [.. now.Status.Fenced.Where(name => HasSomethingLeft(now, name))],
            Endpoints = new EndpointsStatus { ReadWrite = Endpoint(now) },
            Certificates =
            [
                .. now.Seen.Certificates.OrderBy(pair => pair.Key, StringComparer.Ordinal)
                    .Select(pair => new CertificateStatus { Name = pair.Key, NotAfter = pair.Value.NotAfter }),
            ],
            Backup = ArchiveReport.Status(now),
            Restore = RestoreReport.Status(now),
            Conditions = ConditionReport.Build(facts),
        };
    }

    /// <summary>The status when nothing could be observed: the decisions stay, and the observations are reported as unknown.</summary>
    public static ClusterStatus NotObserved(CortexCluster cluster, string why, DateTimeOffset now) =>
        (cluster.Status ?? new ClusterStatus()) with { Conditions = ConditionReport.NotObserved(cluster, why, now) };

    private static InstanceStatus Instance(Situation now, string name)
    {
        var answer = now.Seen.Answer(name);
        return new InstanceStatus
        {
            Name = name,
            Role = answer switch { { AcceptsWrites: true } => "Primary", { } => "Standby", null => "Unknown" },
            State = State(now, name, answer),
            Timeline = answer?.Timeline,
            LagBytes = now.Leader is { } leader && leader.Standbys.TryGetValue(name, out var lag) ? lag : null,
            Address = Address(now, name),
            Progress = JobChecks.Progress(now, name),
            Outdated = Planning.Outdated.Of(now, name)?.Why,
            Disk = DiskReport.Status(now, name),
        };
    }

    /// <summary>
    /// An instance that a smaller spec.instances removed with its data can no longer write, and is not a member that needs a fence.
    /// </summary>
    private static bool HasSomethingLeft(Situation now, string instance) =>
        now.Members.Contains(instance) || now.Seen.Inventory.HasVolume(instance) || now.Seen.Inventory.Pod(instance) is not null;

    private static string State(Situation now, string name, PostgresSeen? answer) => (answer, now.Seen.Inventory.Pod(name)) switch
    {
        ({ AcceptsWrites: true }, _) => InstanceStates.Running,
        ({ IsStreamingStandby: true }, _) => InstanceStates.Streaming,
        ({ InRecovery: true }, _) => InstanceStates.NotStreaming,
        (null, null) when now.IsFenced(name) => InstanceStates.Fenced,
        (null, null) => now.Seen.Inventory.Job(name) switch
        {
            null => InstanceStates.Absent,
            { Kind: JobKind.Restore } => InstanceStates.Restoring,
            _ => InstanceStates.Joining,
        },
        (null, { State: PodState.Running }) => InstanceStates.Unreachable,
        (null, { State: PodState.Exited }) => now.IsFenced(name) ? InstanceStates.Fenced : InstanceStates.Stopped,
        _ => InstanceStates.Starting,
    };

    private static string Lag(List<InstanceStatus> instances) =>
        instances.Max(instance => instance.LagBytes) is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"{bytes} B") : "-";

    private static string Address(Situation now, string name)
    {
        var (host, port) = now.Seen.Inventory.HasServices ? (Names.Host(now.Seen.Cluster, name), InstancePod.Port) : Published(now, name);
        return string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");
    }

    /// <summary>
    /// Where services find the primary, one host is enough. Elsewhere the string names all instances: libpq tries each and keeps the one
    /// that accepts writes, so the string survives every promotion.
    /// </summary>
    private static string Endpoint(Situation now)
    {
        IReadOnlyList<(string Host, int Port)> servers = now.Seen.Inventory.HasServices
            ? [(Names.Host(now.Seen.Cluster, Names.ReadWriteService(now.Name)), InstancePod.Port)]
            : [.. now.Members.Select(member => Published(now, member))];
        var (hosts, ports) = (string.Join(",", servers.Select(entry => entry.Host)), string.Join(",", servers.Select(entry => entry.Port)));
        var session = $"dbname={now.Spec.Database.Name} user={now.Spec.Database.Owner}";
        return $"host={hosts} port={ports} {session} sslmode=verify-full target_session_attrs=read-write";
    }

    /// <summary>A pod that was not yet replaced for a changed address or port is still at the old one.</summary>
    private static (string Host, int Port) Published(Situation now, string name) =>
        now.Seen.Inventory.Pod(name) is { HostPort: { } port } pod
            ? (HostAddresses.Reachable(pod.HostAddress), port)
            : HostAddresses.Of(now.Seen.Cluster, now.Spec, name);
}
