namespace Cortex.Core.Postgres;

/// <summary>The roles that belong to the operator. They log in by client certificate alone, so none of them has a password.</summary>
public static class Roles
{
    /// <summary>Made by initdb; reached only through the socket inside the container.</summary>
    public const string Superuser = "postgres";

    /// <summary>Streams WAL, takes base backups, rewinds.</summary>
    public const string Replication = "streaming_replica";

    /// <summary>The operator's own sessions.</summary>
    public const string Operator = "cortex_operator";
}
