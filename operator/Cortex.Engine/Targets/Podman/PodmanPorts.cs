using System.Net;
using System.Net.Sockets;
using k8s.Models;

namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// Checks whether the ports of a pod can be published on this machine. Podman itself reports it only after it has made the pod, and names
/// no field of the spec.
/// </summary>
internal static class PodmanPorts
{
    /// <exception cref="TargetException">A port is in use, or its address is not an address of this machine.</exception>
    public static void DemandFree(V1Pod pod)
    {
        foreach (var (address, port) in PublishedBy(pod))
        {
            Probe(pod, address, port, port);
        }
    }

    /// <summary>Checks only the addresses: the ports may still be in use by the pod that this one replaces.</summary>
    /// <exception cref="TargetException">An address is not an address of this machine.</exception>
    public static void DemandAddresses(V1Pod pod)
    {
        foreach (var (address, port) in PublishedBy(pod))
        {
            Probe(pod, address, port, IPEndPoint.MinPort);
        }
    }

    private static IEnumerable<(IPAddress Address, int Port)> PublishedBy(V1Pod pod)
    {
        foreach (var port in pod.Spec.Containers.SelectMany(container => container.Ports ?? []))
        {
            if (port.HostPort is { } number && IPAddress.TryParse(port.HostIP, out var address))
            {
                yield return (address, number);
            }
        }
    }

    /// <param name="probed">The port that is tried; 0 for any free port.</param>
    private static void Probe(V1Pod pod, IPAddress address, int port, int probed)
    {
        try
        {
            using var probe = new TcpListener(address, probed);
            probe.Start();
        }
        catch (SocketException cause) when (cause.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            throw new TargetException(
                $"spec.podman.bindAddress: {address} is not an address of this machine", "name one that it has, such as 127.0.0.1", cause);
        }
        catch (SocketException cause) when (cause.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw LibpodReply.Refusal($"play pod {pod.Metadata.Name}", $"listen tcp {address}:{port}: bind: address already in use");
        }
    }
}
