namespace Cortex.Core.Postgres;

/// <summary>The roles that every cluster has.</summary>
public static class Roles
{
    /// <summary>Made by initdb, for people: through the socket inside the container, or with the password of its secret over TLS.</summary>
    public const string Superuser = "postgres";

    /// <summary>Streams WAL, takes base backups, rewinds. Logs in by client certificate alone and has no password.</summary>
    public const string Replication = "streaming_replica";

    /// <summary>The operator's own sessions. Logs in by client certificate alone and has no password.</summary>
    public const string Operator = "cortex_operator";
}
