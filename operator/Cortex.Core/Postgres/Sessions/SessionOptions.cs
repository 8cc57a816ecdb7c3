namespace Cortex.Core.Postgres;

/// <summary>
/// The settings of the operator's own sessions, so that no default of a user applies to them: the settings of a connection take precedence
/// over postgresql.conf, ALTER ROLE SET and ALTER DATABASE SET (https://www.postgresql.org/docs/current/config-setting.html). PostgreSQL 15
/// and later know every name; an unknown name ends the connection.
/// </summary>
public static class SessionOptions
{
    /// <summary>The first version with <c>transaction_timeout</c> and <c>event_triggers</c>.</summary>
    private const int Seventeen = 17;

    /// <summary>The first version with <c>wal_sender_shutdown_timeout</c>.</summary>
    private const int Nineteen = 19;

    private static readonly (string Name, string Value)[] Shared =
    [
        ("statement_timeout", "0"),
        ("lock_timeout", "0"),
        ("idle_session_timeout", "0"),
        ("idle_in_transaction_session_timeout", "0"),
        ("default_transaction_read_only", "off"),
        // A standby refuses a serializable transaction.
        ("default_transaction_isolation", "read committed"),
        ("default_transaction_deferrable", "off"),
        ("client_min_messages", "warning"),
        ("local_preload_libraries", ""),
    ];

    private static readonly (string Name, string Value)[] ForOperator =
    [
        // A superuser never calls anything that a user may have put on the path.
        ("search_path", "pg_catalog"),
        ("role", "none"),
        // The operator would write again what it writes, so it need not wait for a standby, least of all for one that is created only after
        // that.
        ("synchronous_commit", "local"),
        ("session_preload_libraries", ""),
        ("lc_messages", "C"),
        // Its statements are many, and contain verifiers of passwords.
        ("log_statement", "none"),
        ("log_min_error_statement", "panic"),
        ("log_min_duration_statement", "-1"),
        ("log_min_duration_sample", "-1"),
        ("log_transaction_sample_rate", "0"),
        ("log_duration", "off"),
        ("auto_explain.log_min_duration", "-1"),
        ("pg_stat_statements.track", "none"),
    ];

    private static readonly (string Name, string Value)[] ForReplication =
    [
        // A sender that has to end, and cannot send its last data to a stopped standby, would delay every checkpoint.
        ("tcp_user_timeout", "15000"),
    ];

    /// <summary>SQL that is true where every default of <see cref="RoleDefaults"/> exists, or the server is older.</summary>
    public const string HasRoleDefaults =
        $"(current_setting('server_version_num')::int < 170000 OR 3 = (SELECT count(*) FROM pg_db_role_setting s "
        + "JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) one WHERE s.setdatabase = 0 AND (r.rolname, one) IN ("
        + $"('{Roles.Operator}', 'transaction_timeout=0'), ('{Roles.Operator}', 'event_triggers=off'), "
        + $"('{Roles.Replication}', 'event_triggers=off'))))";

    /// <summary>For the operator's role, a superuser.</summary>
    public static string Operator { get; } = Render([.. ForOperator, .. Shared]);

    /// <summary>For the replication role, which may set only what every role may.</summary>
    public static string Replication(int majorVersion) =>
        Render([.. ForReplication, .. Shared, .. Since(majorVersion)]);

    private static IEnumerable<(string Name, string Value)> Since(int majorVersion)
    {
        if (majorVersion >= Seventeen)
        {
            yield return ("transaction_timeout", "0");
        }

        if (majorVersion >= Nineteen)
        {
            // A primary that is stopped sends its last record to its standbys before it ends; a switchover relies on that.
            yield return ("wal_sender_shutdown_timeout", "-1");
        }
    }

    /// <summary>
    /// Settings that a session needs before its first statement and cannot send itself, because its client does not know the version yet.
    /// They are defaults of the roles, created with them.
    /// </summary>
    /// <remarks><see cref="HasRoleDefaults"/> checks whether they exist.</remarks>
    public static IReadOnlyList<string> RoleDefaults(int majorVersion) => majorVersion < Seventeen ? [] :
    [
        $"ALTER ROLE {Roles.Operator} SET transaction_timeout = 0;",
        $"ALTER ROLE {Roles.Operator} SET event_triggers = off;",
        $"ALTER ROLE {Roles.Replication} SET event_triggers = off;",
    ];

    /// <summary>As the server splits it: blanks separate, a backslash makes the next character literal.</summary>
    private static string Render(IEnumerable<(string Name, string Value)> options) =>
        string.Join(' ', options.Select(entry => $"-c {entry.Name}={Escape(entry.Value)}"));

        private static string Escape(string value) =>
            value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(" ", "\\ ", StringComparison.Ordinal);
}
