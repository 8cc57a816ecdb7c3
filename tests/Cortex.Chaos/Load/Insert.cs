using System.Globalization;
using Cortex.Core.Postgres;
using Npgsql;

namespace Cortex.Chaos.Load;

/// <summary>What a server said of the row that it took.</summary>
internal sealed record Taken(string Instance, uint Timeline, Lsn Lsn);

/// <summary>The row that everybody writes, and what is asked with it: who took it, on which timeline and where in the log.</summary>
internal static class Insert
{
    public const string Table = "create table if not exists appended (writer text, number bigint, primary key (writer, number))";

    /// <summary>The first eight digits of a WAL file's name are its timeline; pg_control_checkpoint() tells it only after the next checkpoint.</summary>
    public const string Timeline = "substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)";

    private const string Statement =
        $"insert into appended values ($1, $2) returning current_setting('cluster_name'), {Timeline}, pg_current_wal_insert_lsn()::text";

    public static async Task<Taken> RunAsync(NpgsqlConnection connection, string writer, long number, CancellationToken ct)
    {
        // The server keeps such a row and the client is told so, but no standby has it: that is no acknowledgement.
        var alone = false;
        void Hear(object sender, NpgsqlNoticeEventArgs heard) => alone |= heard.Notice.MessageText.Contains("synchronous replication", StringComparison.Ordinal);
        connection.Notice += Hear;
        try
        {
            await using var command = new NpgsqlCommand(Statement, connection)
            {
                Parameters = { new NpgsqlParameter<string> { TypedValue = writer }, new NpgsqlParameter<long> { TypedValue = number } },
            };
            await using var reader = await command.ExecuteReaderAsync(ct);
            await reader.ReadAsync(ct);
            var taken = new Taken(reader.GetString(0), ParseTimeline(reader.GetString(1)), Lsn.Parse(reader.GetString(2)));
            // Only now the commit is known to have succeeded.
            while (await reader.NextResultAsync(ct))
            {
            }

            return alone ? throw new NpgsqlException("the wait for synchronous replication was cut off") : taken;
        }
        finally
        {
            connection.Notice -= Hear;
        }
    }

    public static uint ParseTimeline(string digits) => uint.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <summary>A standby refuses before anything is done: such a row is nowhere.</summary>
    public static bool IsRefusal(Exception failure) => failure is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction };

    public static bool IsPassing(Exception failure) => failure is NpgsqlException or TimeoutException or IOException;
}
