using System.Globalization;
using Cortex.Core.Postgres;
using Npgsql;

namespace Cortex.Chaos.Load;

/// <summary>The server's answer about a row that it accepted.</summary>
internal sealed record InsertResult(string Instance, uint Timeline, Lsn Lsn);

/// <summary>The statement of writers and probes. It also returns the instance, the timeline and the WAL position.</summary>
internal static class Insert
{
    public const string Table = "create table if not exists appended (writer text, number bigint, primary key (writer, number))";

    /// <summary>
    /// The first eight digits of a WAL file's name are the timeline; pg_control_checkpoint() returns it only after the next checkpoint.
    /// </summary>
    public const string Timeline = "substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)";

    private const string Statement =
        $"insert into appended values ($1, $2) returning current_setting('cluster_name'), {Timeline}, pg_current_wal_insert_lsn()::text";

    public static async Task<InsertResult> RunAsync(NpgsqlConnection connection, string writer, long number, CancellationToken ct)
    {
        // The server has the row and warns the client that no standby has it: that does not count as an acknowledgement.
        var isUnreplicated = false;
        void OnNotice(object sender, NpgsqlNoticeEventArgs notice) =>
            isUnreplicated |= notice.Notice.MessageText.Contains("synchronous replication", StringComparison.Ordinal);
        connection.Notice += OnNotice;
        try
        {
            await using var command = new NpgsqlCommand(Statement, connection)
            {
                Parameters = { new NpgsqlParameter<string> { TypedValue = writer }, new NpgsqlParameter<long> { TypedValue = number } },
            };
            await using var reader = await command.ExecuteReaderAsync(ct);
            await reader.ReadAsync(ct);
            var inserted = new InsertResult(reader.GetString(0), ParseTimeline(reader.GetString(1)), Lsn.Parse(reader.GetString(2)));
            // Only after this the commit is known to have succeeded.
            while (await reader.NextResultAsync(ct))
            {
            }

            return isUnreplicated ? throw new NpgsqlException("the wait for synchronous replication was interrupted") : inserted;
        }
        finally
        {
            connection.Notice -= OnNotice;
        }
    }

    public static uint ParseTimeline(string digits) => uint.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <summary>A standby refuses before it does anything, so the row is not stored.</summary>
    public static bool IsRefusal(Exception failure) => failure is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction };

    public static bool IsTransient(Exception failure) => failure is NpgsqlException or TimeoutException or IOException;
}
