using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Engine.Memory;
using Microsoft.Extensions.Logging;
using k8s;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>
/// For an operator outside Kubernetes, which cannot reach the addresses of pods: a port on the loopback address for each instance, which
/// forwards every connection through the API server (https://kubernetes.io/docs/reference/kubectl/generated/kubectl_port-forward/). A
/// client still needs a client certificate of the cluster.
/// </summary>
internal sealed partial class PortForwards(k8s.Kubernetes client, ClusterMemory memory, ILogger logger) : IDisposable
{
    private readonly Notes<Lazy<TcpListener>> listeners = memory.Part<Lazy<TcpListener>>(listener => listener.Value.Dispose());
    private readonly CancellationTokenSource closing = new();

    public InstanceAddress AddressOf(ClusterKey cluster, string instance)
    {
        var listener = listeners.GetOrAdd(cluster, instance, () => new Lazy<TcpListener>(() => Listen(cluster, instance))).Value;
        return new InstanceAddress(IPAddress.Loopback.ToString(), ((IPEndPoint)listener.LocalEndpoint).Port);
    }

    /// <summary>May be called several times: the target is disposed once for each of its roles.</summary>
    public void Dispose()
    {
        if (closing.IsCancellationRequested)
        {
            return;
        }

        closing.Cancel();
        foreach (var listener in listeners.All)
        {
            listener.Value.Dispose();
        }

        closing.Dispose();
    }

    private TcpListener Listen(ClusterKey cluster, string instance)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _ = AcceptAsync(listener, cluster, instance, closing.Token);
        return listener;
    }

    private async Task AcceptAsync(TcpListener listener, ClusterKey cluster, string instance, CancellationToken ct)
    {
        try
        {
            while (true)
            {
                var caller = await listener.AcceptTcpClientAsync(ct);
                _ = ForwardAsync(caller, cluster, instance, ct);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The operator stops.
        }
    }

    private async Task ForwardAsync(TcpClient caller, ClusterKey cluster, string instance, CancellationToken ct)
    {
        using (caller)
        {
            try
            {
                caller.NoDelay = true;
                using var socket = await client.WebSocketNamespacedPodPortForwardAsync(
                    instance, cluster.Namespace, [InstancePod.Port], "v4.channel.k8s.io", cancellationToken: ct);
                using var demuxer = new StreamDemuxer(socket, StreamType.PortForward);
                demuxer.Start();
                // A stream of the library does one operation at a time, and a read may wait until PostgreSQL sends something: so there are
                // two streams.
                await using var sent = demuxer.GetStream((byte?)null, (byte?)0);
                await using var received = demuxer.GetStream((byte?)0, (byte?)null);
                await using var near = caller.GetStream();
                using var either = CancellationTokenSource.CreateLinkedTokenSource(ct);
                await Task.WhenAny(near.CopyToAsync(sent, either.Token), received.CopyToAsync(near, either.Token));
                await either.CancelAsync();
            }
            catch (Exception end) when (end is WebSocketException or IOException or HttpRequestException or KubernetesException
                or OperationCanceledException or k8s.Autorest.HttpOperationException or SocketException)
            {
                // The caller sees the end of its connection and needs no more information.
                Ended(cluster.ToString(), instance, end.Message);
            }
        }
    }

    [LoggerMessage(330, LogLevel.Debug, "{Cluster}: a connection to {Instance} through the API server ended: {Why}")]
    private partial void Ended(string cluster, string instance, string why);
}
