namespace Cortex.Core.Postgres;

/// <summary>The four folders of an instance, as seen inside its container, and the files in them that PostgreSQL reads.</summary>
/// <param name="Data">The data directory.</param>
/// <param name="Configuration">postgresql.conf, pg_hba.conf and pg_ident.conf; outside the data directory, so that a clone or a rewind does
/// not change them.</param>
/// <param name="Tls">Certificates and keys.</param>
/// <param name="Sockets">Where the unix socket is created.</param>
public sealed record ServerPaths(string Data, string Configuration, string Tls, string Sockets)
{
    public string SettingsFile => $"{Configuration}/postgresql.conf";

    public string HbaFile => $"{Configuration}/pg_hba.conf";

    public string IdentFile => $"{Configuration}/pg_ident.conf";

    public string AuthorityCertificate => $"{Tls}/ca.crt";

    /// <summary>Certificate and key in one file, so that they change together; PostgreSQL and libpq accept such a file for both.</summary>
    public string ServerPair => $"{Tls}/server.pem";

    /// <summary>The same for the replication role.</summary>
    public string ReplicationPair => $"{Tls}/replication.pem";
}
