using System.Collections.Frozen;

namespace Cortex.Core.Postgres;

/// <summary>The roles that every cluster has.</summary>
public static class Roles
{
    /// <summary>
    /// Created by initdb, for people: through the socket inside the container, or with the password of its secret over TLS.
    /// </summary>
    public const string Superuser = "postgres";

    /// <summary>Streams WAL, takes base backups, rewinds. Logs in only by client certificate and has no password.</summary>
    public const string Replication = "streaming_replica";

    /// <summary>The operator's own sessions. Logs in only by client certificate and has no password.</summary>
    public const string Operator = "cortex_operator";

    /// <summary>Words with another meaning where a role is named: a role cannot have such a name, or only in quotes.</summary>
    private static readonly FrozenSet<string> Words =
        FrozenSet.ToFrozenSet(["public", "none", "all", "user", "current_user", "current_role", "session_user"]);

    /// <summary>Why this cannot be the name of an application's role; null where it can.</summary>
    public static string? WhyReserved(string name) =>
        Words.Contains(name) ? "it is a word of SQL or of pg_hba.conf, and does not name a role there"
        : name.StartsWith("pg_", StringComparison.Ordinal) ? "names that begin with pg_ are PostgreSQL's own"
        : name is Superuser or Replication or Operator ? "every cluster has a role of that name, which is not the application's"
        : null;
}
