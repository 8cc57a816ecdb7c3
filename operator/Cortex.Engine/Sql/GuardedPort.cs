using System.Net;
using System.Net.Sockets;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Sql;

/// <summary>
/// A port on the loopback address that forwards every connection to a server, and cuts it off when an answer is too large or takes too
/// long. Npgsql reads a message of any length into memory, and reads a cancelled result to its end, which may never come; the owner of a
/// server's container controls both. TLS is end to end, so for other accounts of this machine this port gives no more access than the
/// server's own.
/// </summary>
internal sealed class GuardedPort : IDisposable
{
    private static readonly TimeSpan HangUpLimit = TimeSpan.FromSeconds(2);

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource closing = new();
    private readonly InstanceAddress server;
    private readonly AnswerLimits limits;

    public GuardedPort(InstanceAddress server, AnswerLimits limits)
    {
        (this.server, this.limits) = (server, limits);
        listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public void Dispose()
    {
        closing.Cancel();
        listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ForwardAsync(await listener.AcceptSocketAsync(closing.Token));
            }
        }
        catch (Exception end) when (end is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The session is over.
        }
    }

    /// <summary>
    /// The caller sees the same as of the server itself: a refusal ends its connection, silence stays silence, and a broken connection is
    /// reset.
    /// </summary>
    private async Task ForwardAsync(Socket caller)
    {
        using (caller)
        using (var upstream = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true })
        {
            caller.NoDelay = true;
            try
            {
                await upstream.ConnectAsync(server.Host, server.Port, closing.Token);
                var exchange = new Exchange(caller, upstream, limits);
                await exchange.RunAsync(closing.Token);
            }
            catch (SocketException refusal) when (refusal.SocketErrorCode is SocketError.ConnectionRefused && !upstream.Connected)
            {
                // No process listens there: ConnectionRefusal recognizes the closed connection.
                await HangUpAsync(caller);
            }
            catch (Exception end) when (end is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                caller.LingerState = new LingerOption(enable: true, seconds: 0);
            }
        }
    }

    /// <summary>Closes the connection after reading what the caller has sent: with unread bytes, it would be reset.</summary>
    private async Task HangUpAsync(Socket caller)
    {
        using var timed = CancellationTokenSource.CreateLinkedTokenSource(closing.Token);
        timed.CancelAfter(HangUpLimit);
        try
        {
            caller.Shutdown(SocketShutdown.Send);
            var rest = new byte[1024];
            while (await caller.ReceiveAsync(rest, timed.Token) > 0)
            {
            }
        }
        catch (Exception end) when (end is SocketException or OperationCanceledException)
        {
            // The caller has gone, or does not close in time.
        }
    }

    /// <summary>Both directions of one connection. Each message of the caller begins a new answer.</summary>
    private sealed class Exchange(Socket caller, Socket upstream, AnswerLimits limits)
    {
        private const int BufferSize = 16 * 1024;

        private long answered;
        private long asked = Environment.TickCount64;

        public async Task RunAsync(CancellationToken ct)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var (asking, answering) = (AskAsync(either.Token), AnswerAsync(either.Token));
            var first = await Task.WhenAny(asking, answering);
            if (first == asking && asking.IsCompletedSuccessfully)
            {
                // The caller has closed its side and reads no further answer.
                upstream.Shutdown(SocketShutdown.Both);
            }

            await either.CancelAsync();
            await ((Task)(first == asking ? answering : asking)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await first;
        }

        private async Task AskAsync(CancellationToken ct)
        {
            var buffer = new byte[BufferSize];
            while (await caller.ReceiveAsync(buffer, ct) is > 0 and var count)
            {
                Interlocked.Exchange(ref answered, 0);
                Interlocked.Exchange(ref asked, Environment.TickCount64);
                await SendAsync(upstream, buffer.AsMemory(0, count), ct);
            }
        }

        private async Task AnswerAsync(CancellationToken ct)
        {
            var buffer = new byte[BufferSize];
            while (await upstream.ReceiveAsync(buffer, ct) is > 0 and var count)
            {
                if (Interlocked.Add(ref answered, count) > limits.Bytes
                    || Environment.TickCount64 - Interlocked.Read(ref asked) > limits.Time.TotalMilliseconds)
                {
                    throw new SocketException((int)SocketError.MessageSize);
                }

                await SendAsync(caller, buffer.AsMemory(0, count), ct);
            }
        }

        private static async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes, CancellationToken ct)
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await to.SendAsync(bytes, ct)..];
            }
        }
    }
}
