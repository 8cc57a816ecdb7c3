using System.Globalization;
using System.Net.Sockets;
using Npgsql;

namespace Cortex.Bench.Prober;

/// <summary>
/// The servers that a libpq connection string names, tried in its order at every attempt, as libpq does for
/// <c>target_session_attrs=read-write</c>. Nothing is pooled and nothing remembered about a host: Npgsql's own multi-host source keeps what it
/// saw for some seconds, and that would be measured.
/// </summary>
internal sealed class Servers : IAsyncDisposable
{
    /// <summary>The least that Npgsql takes, whatever the string says.</summary>
    private const int AnswerTimeoutSeconds = 1;

    private readonly IReadOnlyList<NpgsqlDataSource> sources;

    private Servers(IReadOnlyList<NpgsqlDataSource> sources) => this.sources = sources;

    /// <param name="conninfo">Keyword form, values without blanks or quotes.</param>
    /// <exception cref="FormatException">It is not of that form.</exception>
    public static Servers From(string conninfo)
    {
        var words = conninfo.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(word => word.Split('=', 2) is [var key, var value] && !value.StartsWith('\'')
                ? KeyValuePair.Create(key, value)
                : throw new FormatException($"'{word}' is not of the form keyword=value without quotes"))
            .ToDictionary(StringComparer.Ordinal);
        var hosts = words["host"].Split(',');
        var ports = words["port"].Split(',');
        return hosts.Length == ports.Length
            ? new Servers([.. hosts.Zip(ports, (host, port) => Source(words, host, int.Parse(port, CultureInfo.InvariantCulture)))])
            : throw new FormatException("each host needs its port");
    }

    /// <summary>One attempt over all servers.</summary>
    /// <returns>A connection to the first that takes writes; null when none does.</returns>
    /// <param name="but">Host and port of one that is left out.</param>
    public async Task<NpgsqlConnection?> TryOpenAsync(string? but = null)
    {
        foreach (var source in sources)
        {
            var connection = source.CreateConnection();
            if (Name(connection) == but)
            {
                await connection.DisposeAsync();
                continue;
            }

            try
            {
                await connection.OpenAsync();
                if (IsWritable(connection))
                {
                    return connection;
                }
            }
            catch (Exception refused) when (refused is NpgsqlException or SocketException or TimeoutException)
            {
            }

            await connection.DisposeAsync();
        }

        return null;
    }

    public static string Name(NpgsqlConnection connection) => $"{connection.Host}:{connection.Port}";

    public async ValueTask DisposeAsync()
    {
        foreach (var source in sources)
        {
            await source.DisposeAsync();
        }
    }

    /// <summary>From 14 on the server says so by itself when a session begins; no query is needed.</summary>
    private static bool IsWritable(NpgsqlConnection connection) =>
        connection.PostgresParameters.GetValueOrDefault("in_hot_standby") == "off"
        && connection.PostgresParameters.GetValueOrDefault("default_transaction_read_only") == "off";

    private static NpgsqlDataSource Source(Dictionary<string, string> words, string host, int port)
    {
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = host,
            Port = port,
            Database = words["dbname"],
            Username = words["user"],
            Passfile = words.GetValueOrDefault("passfile"),
            SslMode = words.GetValueOrDefault("sslmode") == "verify-full" ? SslMode.VerifyFull : SslMode.Disable,
            RootCertificate = words.GetValueOrDefault("sslrootcert"),
            GssEncryptionMode = GssEncryptionMode.Disable,
            Pooling = false,
            Timeout = AnswerTimeoutSeconds,
            CommandTimeout = AnswerTimeoutSeconds,
            ApplicationName = "cortex-prober",
        };
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        return builder.Build();
    }
}
