using System.Net;
using System.Net.Sockets;
using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Naming;
using Cortex.Engine.Targets;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Cli.LocalMachine;

/// <summary>
/// Finds what prevents clusters from running on this machine, with a remedy for each problem. Podman's conditions come first.
/// </summary>
internal sealed class HostChecks(PodmanOptions podman)
{
    /// <summary>Ports and images are checked only if Podman can be asked.</summary>
    /// <param name="clusters">The clusters that should run on this machine.</param>
    public async Task<IReadOnlyList<Finding>> RunAsync(IReadOnlyList<CortexCluster> clusters, CancellationToken ct)
    {
        var facts = await HostFacts.GatherAsync(ct);
        List<Finding> findings = [.. new HostConditions(facts).Findings(), .. Clients()];
        if (!findings.Any(finding => finding.Severity == Severity.Error))
        {
            findings.AddRange(await AskPodmanAsync(facts, clusters, ct));
        }

        return findings;
    }

    private static IEnumerable<Finding> Clients()
    {
        if (HostFacts.Find("psql") is null)
        {
            yield return new(
                Severity.Warning, "psql is not installed", "install postgresql-client, or use psql --superuser, which does not need it");
        }

        if (HostFacts.Find("kubectl") is null)
        {
            yield return new(
                Severity.Note,
                "kubectl is not installed",
                "nothing to do: apply, status and promote do not need it; Debian's package is kubernetes-client");
        }
    }

    private async Task<IReadOnlyList<Finding>> AskPodmanAsync(HostFacts facts, IReadOnlyList<CortexCluster> clusters, CancellationToken ct)
    {
        try
        {
            using var service = new PodmanService(podman);
            using var client = new LibpodClient(service.Socket, service.ConnectAsync);
            using var target = new PodmanTarget(podman);
            var usedPorts = (await PodmanSurvey.TakeAsync(client, ct)).Ports;
            return
            [
                .. await ServiceAsync(client, service, facts, ct),
                .. clusters.SelectMany(cluster => OccupiedPorts(cluster, usedPorts)),
                .. await MissingImagesAsync(target, clusters, ct),
            ];
        }
        catch (TargetException e)
        {
            return [new(Severity.Error, e.What, e.Remedy ?? "start Podman's service by hand and read its messages")];
        }
    }

    private static async Task<IEnumerable<Finding>> ServiceAsync(
        LibpodClient client, PodmanService service, HostFacts facts, CancellationToken ct)
    {
        var info = await client.InfoAsync(ct);
        var answers = new Finding(Severity.Note, $"Podman {info.Version.Version} answers at {service.Socket}", "nothing to do");
        return [answers, .. StorageAdvice.Of(info.Store.GraphDriverName, facts)];
    }

    private static IEnumerable<Finding> OccupiedPorts(CortexCluster cluster, IReadOnlySet<int> usedByInstances) =>
        from instance in Membership.Members(cluster)
        let port = HostPort.Of(cluster.Key(), cluster.Spec, instance)
        where !usedByInstances.Contains(port) && !IsFree(cluster.Spec.Podman.BindAddress, port)
        select new Finding(
            Severity.Error,
            $"port {port} on {cluster.Spec.Podman.BindAddress}, which {cluster.Metadata.Name} needs, is in use",
            $"end the process that listens there, or change spec.podman.basePort: {cluster.Spec.Instances} ports from it on are used");

    private static async Task<IEnumerable<Finding>> MissingImagesAsync(
        PodmanTarget target, IReadOnlyList<CortexCluster> clusters, CancellationToken ct)
    {
        var missing = new List<Finding>();
        foreach (var image in clusters.Select(cluster => cluster.Spec.Image).Distinct())
        {
            if (await target.FindImageAsync(image, ct) is null)
            {
                missing.Add(ImageBuild.Builds(image)
                    ? new(Severity.Note, $"the image {image} does not exist yet", "nothing to do: up builds it")
                    : new(
                        Severity.Error,
                        $"the image {image} is missing and could not be pulled",
                        "load it, or name another image in spec.image"));
            }
        }

        return missing;
    }

    private static bool IsFree(string address, int port)
    {
        if (!IPAddress.TryParse(address, out var bound))
        {
            return true;
        }

        try
        {
            using var listener = new TcpListener(bound, port);
            listener.Start();
            return true;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode != SocketError.AddressAlreadyInUse;
        }
    }
}
