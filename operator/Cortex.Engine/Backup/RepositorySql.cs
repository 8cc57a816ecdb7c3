using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;
using Cortex.Engine.Sql;
using Npgsql;

namespace Cortex.Engine.Backup;

/// <summary>
/// What a primary reports about its archive. The repository is mounted in the pod of the primary, so the server itself starts pgBackRest
/// there (https://www.postgresql.org/docs/current/sql-copy.html, PROGRAM): no container has to be made to read a repository.
/// </summary>
internal static class RepositorySql
{
    /// <summary>For pgBackRest to read the repository; after that it is ended.</summary>
    private const int ReadingTimeoutSeconds = 10;

    private const int LargestAnswer = 4 * 1024 * 1024;

    private static readonly string AnswerFile = $"{Paths.Server.Sockets}/repository.json";

    private const string Statistics =
        $$"""
        SELECT left(last_archived_wal, 64),
               last_failed_time > coalesce(last_archived_time, '-infinity'),
               last_failed_time,
               (SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name ~ '\.ready$'),
               pg_read_file('{{Paths.GivenUpWal}}', 0, 64, true),
               (pg_stat_file('{{Paths.GivenUpWal}}', true)).modification
        FROM pg_stat_archiver
        """;

    public static async Task<ArchiveSeen> ArchiverAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using var command = source.CreateCommand(Statistics);
        await using var row = await command.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return new ArchiveSeen(
            await row.IsDBNullAsync(0, ct) ? null : row.GetString(0),
            !await row.IsDBNullAsync(1, ct) && row.GetBoolean(1),
            await row.IsDBNullAsync(2, ct) ? null : new DateTimeOffset(row.GetDateTime(2).ToUniversalTime()),
            row.GetInt64(3))
        {
            GivenUp = !await row.IsDBNullAsync(4, ct) && !await row.IsDBNullAsync(5, ct) && ArchiveGap.File(row.GetString(4)) is { } file
                ? new ArchiveGapStatus { GivenUp = file, At = new DateTimeOffset(row.GetDateTime(5).ToUniversalTime()) }
                : null,
        };
    }

    /// <summary>The content of the repository; null where the output of pgBackRest is something else.</summary>
    public static async Task<RepositorySeen?> RepositoryAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using var connection = await InstanceActions.OpenAsync(source, ct);
        var program = Archiving.WhileServerRuns(
            $"{{ timeout -k 2 {ReadingTimeoutSeconds} {RepositoryFile.Program} --output=json info >{AnswerFile}.new "
                + $"&& mv {AnswerFile}.new {AnswerFile}; }}");
        await InstanceActions.ExecuteAsync(connection, $"COPY (SELECT '') TO PROGRAM {SqlQuote.Literal(program)}", ct);
        var question = $"SELECT pg_read_file({SqlQuote.Literal(AnswerFile)}, 0, {LargestAnswer})";
        var answer = await AnswerAsync(connection, question, ct);
        return RepositorySeen.Parse(answer) is not { } seen ? null
            : seen.NewestWal is { } newest ? seen with { CompleteUntil = await CompletedAsync(connection, newest, ct) }
            : seen;
    }

    /// <exception cref="RepositoryLockedException">pgBackRest could not decrypt what it read.</exception>
    private static async Task<string> AnswerAsync(NpgsqlConnection connection, string question, CancellationToken ct)
    {
        try
        {
            var answer = await InstanceActions.ScalarAsync<string>(connection, question, ct);
            return EncryptionWords.SayMismatch(answer) ? throw new RepositoryLockedException() : answer;
        }
        catch (PostgresException cause) when (cause.SqlState == PostgresErrorCodes.CharacterNotInRepertoire)
        {
            // It quotes what came out with a wrong passphrase.
            throw new RepositoryLockedException();
        }
    }

    /// <summary>
    /// When a segment was complete: PostgreSQL creates its status file then, and renames the file when the segment is archived. Null where
    /// the file is gone.
    /// </summary>
    private static async Task<DateTimeOffset?> CompletedAsync(NpgsqlConnection connection, string segment, CancellationToken ct)
    {
        var question = $"SELECT modification FROM pg_stat_file('pg_wal/archive_status/{segment}.done', true)";
        await using var command = new NpgsqlCommand(question, connection);
        return await command.ExecuteScalarAsync(ct) is DateTime at ? new DateTimeOffset(at.ToUniversalTime()) : null;
    }
}
