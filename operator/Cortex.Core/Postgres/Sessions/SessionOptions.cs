namespace Cortex.Core.Postgres;

/// <summary>
/// What the operator's own sessions start with, so that no default of a user's reaches them: what a connection brings along has the last word over postgresql.conf, ALTER ROLE SET and
/// ALTER DATABASE SET (https://www.postgresql.org/docs/current/config-setting.html). Every name is known to PostgreSQL 15 and later, since one that is not ends the connection.
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
        // Nothing that a user may have put on the path is ever called by a superuser.
        ("search_path", "pg_catalog"),
        ("role", "none"),
        // What the operator writes it would write again, so it need not wait for a standby, least of all for one that is only made once it has written.
        ("synchronous_commit", "local"),
        ("session_preload_libraries", ""),
        ("lc_messages", "C"),
        // Its statements have verifiers of passwords in them, and are many.
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
        // A sender that has to end, and cannot get rid of its last words to a frozen standby, would hold up every checkpoint.
        ("tcp_user_timeout", "15000"),
    ];

    /// <summary>SQL that is true where every default of <see cref="RoleDefaults"/> is there, or the server is older.</summary>
    public const string HasRoleDefaults =
        $"(current_setting('server_version_num')::int < 170000 OR 3 = (SELECT count(*) FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) one "
            + $"WHERE s.setdatabase = 0 AND (r.rolname, one) IN (('{Roles.Operator}', 'transaction_timeout=0'), ('{Roles.Operator}', 'event_triggers=off'), ('{Roles.Replication}', 'event_triggers=off'))))";

    /// <summary>Of the operator's role, a superuser.</summary>
    public static string Operator { get; } = Render([.. ForOperator, .. Shared]);

    /// <summary>Of the replication role, which may set only what every role may.</summary>
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
            // A primary that is stopped sends its last record to its standbys before it ends; a switchover rests on that.
            yield return ("wal_sender_shutdown_timeout", "-1");
        }
    }

    /// <summary>
    /// What a session has to have before its first statement, and cannot bring along because its client does not know the version yet: defaults of the roles, made with them.
    /// </summary>
    /// <remarks><see cref="HasRoleDefaults"/> sees whether they are there.</remarks>
    public static IReadOnlyList<string> RoleDefaults(int majorVersion) => majorVersion < Seventeen ? [] :
    [
        $"ALTER ROLE {Roles.Operator} SET transaction_timeout = 0;",
        $"ALTER ROLE {Roles.Operator} SET event_triggers = off;",
        $"ALTER ROLE {Roles.Replication} SET event_triggers = off;",
    ];

    /// <summary>As the server splits it: blanks separate, a backslash takes the next character as it is.</summary>
    private static string Render(IEnumerable<(string Name, string Value)> options) =>
        string.Join(' ', options.Select(one => $"-c {one.Name}={one.Value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(" ", "\\ ", StringComparison.Ordinal)}"));
}
