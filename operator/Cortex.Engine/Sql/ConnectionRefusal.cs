using System.Net.Sockets;
using Npgsql;

namespace Cortex.Engine.Sql;

/// <summary>Tells a server that is dead or recovers, and so has nothing to send, from one that hangs, and may have.</summary>
public static class ConnectionRefusal
{
    /// <summary>One that is dead refuses at once, by its kernel; more than this is silence.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(150);

    /// <summary>
    /// True only when it refused a new connection for one of two reasons: nobody listens there, or the server itself says that it starts or
    /// recovers from a crash (https://www.postgresql.org/docs/current/errcodes-appendix.html, cannot_connect_now; one that shuts down gives
    /// that code, too, and may still send).
    /// </summary>
    /// <param name="patience">After this it counts as silent: <see cref="Deadline"/>, unless nobody is kept waiting.</param>
    public static async Task<bool> IsSeenAsync(NpgsqlDataSource source, TimeSpan patience, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(patience);
        source.Clear();
        try
        {
            await using var connection = await source.OpenConnectionAsync(deadline.Token);
            return false;
        }
        catch (PostgresException answer)
        {
            return answer.SqlState == PostgresErrorCodes.CannotConnectNow
                && (answer.MessageText.Contains("starting up", StringComparison.Ordinal)
                    || answer.MessageText.Contains("recovery mode", StringComparison.Ordinal));
        }
        catch (NpgsqlException cause)
        {
            // A port that is forwarded takes the connection, and hangs up when it finds nobody behind it.
            return cause.InnerException is EndOfStreamException
                or SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.ConnectionReset };
        }
        catch (Exception cause) when (cause is OperationCanceledException or TimeoutException && !ct.IsCancellationRequested)
        {
            return false;
        }
    }
}
