using System.Net.Sockets;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Operator.Tests.Access;

/// <summary>A socket where Podman's would be. It counts who connects, and answers nobody.</summary>
internal sealed class PodmanSocket : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("cortex-socket-").FullName;
    private readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private int connections;

    public PodmanSocket()
    {
        Options = new PodmanOptions { Socket = Path.Combine(folder, "podman.sock"), StateDirectory = folder };
        listener.Bind(new UnixDomainSocketEndPoint(Options.Socket));
        listener.Listen();
        _ = CountAsync();
    }

    public PodmanOptions Options { get; }

    /// <summary>A client that was closed without an answer has been counted before that.</summary>
    public int Connections => Volatile.Read(ref connections);

    public void Dispose()
    {
        listener.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private async Task CountAsync()
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptAsync();
                Interlocked.Increment(ref connections);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The end of the test.
        }
    }
}
