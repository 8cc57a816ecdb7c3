namespace Cortex.Core.Naming;

/// <summary>Where things lie inside a container. One volume carries all of it.</summary>
public static class Paths
{
    /// <summary>The mount point of the instance's volume.</summary>
    public const string Volume = "/var/lib/cortex";

    /// <summary>The data directory. It comes into being by a rename of a whole one, so that it is whole whenever it exists.</summary>
    public const string Data = $"{Volume}/pgdata";

    public const string Configuration = $"{Volume}/conf";

    public const string Settings = $"{Configuration}/postgresql.conf";

    public const string Hba = $"{Configuration}/pg_hba.conf";

    public const string Ident = $"{Configuration}/pg_ident.conf";

    public const string Tls = $"{Volume}/tls";

    public const string Ca = $"{Tls}/ca.crt";

    /// <summary>Certificate and key in one file, so that they change together.</summary>
    public const string Server = $"{Tls}/server.pem";

    public const string Replication = $"{Tls}/replication.pem";

    /// <summary>Sockets and lock files: the root file system is read-only.</summary>
    public const string Sockets = $"{Volume}/run";

    /// <summary>Where Podman mounts secrets in one-shot containers.</summary>
    public const string Secrets = "/run/secrets";
}
