using System.Net;
using System.Net.Sockets;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Sql;

/// <summary>
/// A port on the loopback address, and behind every connection to it one to a server, which is broken off when an answer is too large or
/// takes too long. Npgsql reads a message of any length into memory, and when it gives a result up it reads it to its end, which may never
/// come: whoever owns a server's container decides about both. TLS goes through from end to end; for others on this machine the port is
/// worth what the server's own is.
/// </summary>
internal sealed class GuardedPort : IDisposable
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

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
                _ = CarryAsync(await listener.AcceptSocketAsync(closing.Token));
            }
        }
        catch (Exception end) when (end is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The session is over.
        }
    }

    /// <summary>
    /// The caller sees what it would see of the server: a refusal ends its connection, silence is silence, and whatever breaks off resets
    /// it.
    /// </summary>
    private async Task CarryAsync(Socket caller)
    {
        using (caller)
        using (var far = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true })
        {
            caller.NoDelay = true;
            try
            {
                await far.ConnectAsync(server.Host, server.Port, closing.Token);
                var exchange = new Exchange(caller, far, limits);
                await exchange.RunAsync(closing.Token);
            }
            catch (SocketException refusal) when (refusal.SocketErrorCode is SocketError.ConnectionRefused && !far.Connected)
            {
                // ConnectionRefusal reads it: nobody listens there.
                await HangUpAsync(caller);
            }
            catch (Exception end) when (end is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                caller.LingerState = new LingerOption(enable: true, seconds: 0);
            }
        }
    }

    /// <summary>What the caller has sent is read first: closed over it, the connection would be reset.</summary>
    private async Task HangUpAsync(Socket caller)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(closing.Token);
        patience.CancelAfter(Farewell);
        try
        {
            caller.Shutdown(SocketShutdown.Send);
            var rest = new byte[1024];
            while (await caller.ReceiveAsync(rest, patience.Token) > 0)
            {
            }
        }
        catch (Exception end) when (end is SocketException or OperationCanceledException)
        {
            // It has gone, or stays longer than it needs to.
        }
    }

    /// <summary>Both directions of one connection. Each word of the caller's begins a new answer.</summary>
    private sealed class Exchange(Socket caller, Socket far, AnswerLimits limits)
    {
        private const int Piece = 16 * 1024;

        private long answered;
        private long asked = Environment.TickCount64;

        public async Task RunAsync(CancellationToken ct)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var (asking, answering) = (AskAsync(either.Token), AnswerAsync(either.Token));
            var first = await Task.WhenAny(asking, answering);
            if (first == asking && asking.IsCompletedSuccessfully)
            {
                // The caller has said all; what the server still says is for nobody.
                far.Shutdown(SocketShutdown.Both);
            }

            await either.CancelAsync();
            await ((Task)(first == asking ? answering : asking)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await first;
        }

        private async Task AskAsync(CancellationToken ct)
        {
            var buffer = new byte[Piece];
            while (await caller.ReceiveAsync(buffer, ct) is > 0 and var count)
            {
                Interlocked.Exchange(ref answered, 0);
                Interlocked.Exchange(ref asked, Environment.TickCount64);
                await SendAsync(far, buffer.AsMemory(0, count), ct);
            }
        }

        private async Task AnswerAsync(CancellationToken ct)
        {
            var buffer = new byte[Piece];
            while (await far.ReceiveAsync(buffer, ct) is > 0 and var count)
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
