using System.Net.Sockets;
using Npgsql;

namespace Cortex.Engine.Sql;

/// <summary>
/// Distinguishes a server that is dead or in crash recovery, and has no WAL to send, from one that hangs and may have some.
/// </summary>
public static class ConnectionRefusal
{
    /// <summary>The kernel refuses connections to a dead server at once; a longer delay counts as silence.</summary>
    public static readonly TimeSpan RefusalTimeout = TimeSpan.FromMilliseconds(150);

    /// <summary>
    /// True only when a new connection was refused for one of two reasons: no process listens on the port, or the server itself says that
    /// it is starting or in crash recovery (https://www.postgresql.org/docs/current/errcodes-appendix.html, cannot_connect_now; a server
    /// that is shutting down gives that code, too, and may still send).
    /// </summary>
    /// <param name="limit">After this time the server counts as silent: <see cref="RefusalTimeout"/>, unless the caller can wait.</param>
    public static async Task<bool> IsSeenAsync(NpgsqlDataSource source, TimeSpan limit, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(limit);
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
            // A forwarded port accepts the connection, and closes it when no server listens behind it.
            return cause.InnerException is EndOfStreamException
                or SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.ConnectionReset };
        }
        catch (Exception cause) when (cause is OperationCanceledException or TimeoutException && !ct.IsCancellationRequested)
        {
            return false;
        }
    }
}
