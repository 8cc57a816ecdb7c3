namespace Cortex.Core.Postgres;

/// <summary>The four folders of an instance, as seen inside its container, and the files in them that PostgreSQL is told of.</summary>
/// <param name="Data">The data directory.</param>
/// <param name="Configuration">postgresql.conf, pg_hba.conf and pg_ident.conf; outside the data directory, so that a clone or a rewind leaves it alone.</param>
/// <param name="Tls">Certificates and keys.</param>
/// <param name="Sockets">Where the unix socket is made.</param>
public sealed record ServerPaths(string Data, string Configuration, string Tls, string Sockets)
{
    public string SettingsFile => $"{Configuration}/postgresql.conf";

    public string HbaFile => $"{Configuration}/pg_hba.conf";

    public string IdentFile => $"{Configuration}/pg_ident.conf";

    public string AuthorityCertificate => $"{Tls}/ca.crt";

    public string ServerCertificate => $"{Tls}/server.crt";

    public string ServerKey => $"{Tls}/server.key";

    public string ReplicationCertificate => $"{Tls}/replication.crt";

    public string ReplicationKey => $"{Tls}/replication.key";
}
