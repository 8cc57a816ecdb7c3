using System.Net.Sockets;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Cli.Tests.Access;

/// <summary>A socket in place of Podman's. It counts connections and answers none of them.</summary>
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

    /// <summary>A connection is counted before it is closed.</summary>
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
            // The test has ended.
        }
    }
}
