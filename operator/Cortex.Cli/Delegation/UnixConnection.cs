using System.Runtime.InteropServices;
using System.Text;

namespace Cortex.Cli.Delegation;

/// <summary>
/// A connection to a Unix socket, by the calls of the C library: .NET's own sockets take as long until they are ready as all else that a
/// command does here, with their events, counters and threads.
/// </summary>
/// <remarks>https://man7.org/linux/man-pages/man7/unix.7.html, /usr/include/asm-generic/socket.h of x86-64 and arm64.</remarks>
internal sealed class UnixConnection : IDisposable
{
    private const short AddressFamily = 1;
    private const int StreamThatNoChildGets = 1 | 0x80000;
    private const int SocketLevel = 1;
    private const int ReceiveTimeoutOption = 20;
    private const int SendTimeoutOption = 21;
    private const int NoSignal = 0x4000;
    private const int LongestPath = 107;

    private readonly int descriptor;

    private UnixConnection(int descriptor) => this.descriptor = descriptor;

    /// <returns>Null if nothing listens there.</returns>
    public static UnixConnection? To(string path)
    {
        var bytes = Encoding.UTF8.GetBytes(path);
        if (bytes.Length > LongestPath)
        {
            return null;
        }

        var address = new byte[sizeof(short) + LongestPath + 1];
        BitConverter.TryWriteBytes(address, AddressFamily);
        bytes.CopyTo(address, sizeof(short));
        var descriptor = socket(AddressFamily, StreamThatNoChildGets, 0);
        if (descriptor < 0)
        {
            return null;
        }

        var connection = new UnixConnection(descriptor);
        if (connect(descriptor, ref address[0], address.Length) == 0)
        {
            return connection;
        }

        connection.Dispose();
        return null;
    }

    /// <summary>For each of the following calls.</summary>
    public void Limit(int milliseconds)
    {
        // struct timeval: seconds, microseconds.
        long[] limit = [milliseconds / 1000, milliseconds % 1000 * 1000];
        _ = setsockopt(descriptor, SocketLevel, ReceiveTimeoutOption, ref limit[0], 2 * sizeof(long));
        _ = setsockopt(descriptor, SocketLevel, SendTimeoutOption, ref limit[0], 2 * sizeof(long));
    }

    public bool Send(byte[] message) => send(descriptor, ref message[0], message.Length, NoSignal) == message.Length;

    /// <returns>The number of bytes; 0 at the end; negative when it failed or took too long.</returns>
    public long Receive(byte[] piece) => recv(descriptor, ref piece[0], piece.Length, 0);

    public void Dispose() => _ = close(descriptor);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int socket(int family, int type, int protocol);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int connect(int descriptor, ref byte address, int length);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int setsockopt(int descriptor, int level, int name, ref long value, int length);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint send(int descriptor, ref byte message, nint length, int flags);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint recv(int descriptor, ref byte piece, nint length, int flags);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int close(int descriptor);
}
