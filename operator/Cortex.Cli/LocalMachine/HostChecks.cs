using System.Net;
using System.Net.Sockets;
using Cortex.Core.Api;
using Cortex.Engine.Targets;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Cli.LocalMachine;

/// <summary>What on this machine is in the way, Podman's conditions first, and the remedy for each.</summary>
internal sealed class HostChecks(PodmanOptions podman)
{
    /// <summary>Ports and image are looked at only where Podman can be asked.</summary>
    /// <param name="clusters">Those that shall run here.</param>
    public async Task<IReadOnlyList<Finding>> RunAsync(IReadOnlyList<CortexCluster> clusters, CancellationToken ct)
    {
        var facts = await HostFacts.GatherAsync(ct);
        List<Finding> findings = [.. new HostConditions(facts).Findings(), .. Clients()];
        if (!findings.Any(one => one.Severity == Severity.Error))
        {
            findings.AddRange(await AskPodmanAsync(facts, clusters, ct));
        }

        return findings;
    }

    private static IEnumerable<Finding> Clients()
    {
        if (HostFacts.Find("psql") is null)
        {
            yield return new(Severity.Warning, "psql is not installed", "install postgresql-client, or use psql --superuser, which needs none");
        }

        if (HostFacts.Find("kubectl") is null)
        {
            yield return new(Severity.Note, "kubectl is not installed", "nothing to do: apply, status and promote do without; Debian has it as kubernetes-client");
        }
    }

    private async Task<IReadOnlyList<Finding>> AskPodmanAsync(HostFacts facts, IReadOnlyList<CortexCluster> clusters, CancellationToken ct)
    {
        try
        {
            using var service = new PodmanService(podman);
            using var client = new LibpodClient(service.Socket, service.ConnectAsync);
            using var target = new PodmanTarget(podman);
            var ours = (await PodmanSurvey.TakeAsync(client, ct)).Ports;
            return
            [
                .. await ServiceAsync(client, service, facts, ct),
                .. clusters.SelectMany(cluster => TakenPorts(cluster, ours)),
                .. await MissingImagesAsync(target, clusters, ct),
            ];
        }
        catch (TargetException e)
        {
            var at = e.Message.LastIndexOf("; ", StringComparison.Ordinal);
            return [at > 0 ? new(Severity.Error, e.Message[..at], e.Message[(at + 2)..]) : new(Severity.Error, e.Message, "start Podman's service by hand and look at what it says")];
        }
    }

    private static async Task<IEnumerable<Finding>> ServiceAsync(LibpodClient client, PodmanService service, HostFacts facts, CancellationToken ct)
    {
        var info = await client.InfoAsync(ct);
        return [new(Severity.Note, $"Podman {info.Version.Version} answers at {service.Socket}", "nothing to do"), .. StorageAdvice.Of(info.Store.GraphDriverName, facts)];
    }

    private static IEnumerable<Finding> TakenPorts(CortexCluster cluster, IReadOnlySet<int> ours) =>
        from index in Enumerable.Range(0, cluster.Spec.Instances)
        let port = cluster.Spec.Podman.BasePort + index
        where !ours.Contains(port) && !IsFree(cluster.Spec.Podman.BindAddress, port)
        select new Finding(
            Severity.Error,
            $"port {port} on {cluster.Spec.Podman.BindAddress}, which {cluster.Metadata.Name} needs, is taken",
            $"end what listens there, or choose another spec.podman.basePort: {cluster.Spec.Instances} ports from it on are used");

    private static async Task<IEnumerable<Finding>> MissingImagesAsync(PodmanTarget target, IReadOnlyList<CortexCluster> clusters, CancellationToken ct)
    {
        var missing = new List<Finding>();
        foreach (var image in clusters.Select(one => one.Spec.Image).Distinct())
        {
            if (await target.FindImageAsync(image, ct) is null)
            {
                missing.Add(ImageBuild.Builds(image)
                    ? new(Severity.Note, $"the image {image} is not here", "nothing to do: up builds it")
                    : new(Severity.Error, $"the image {image} is not here and could not be pulled", "load it, or name another in spec.image"));
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
