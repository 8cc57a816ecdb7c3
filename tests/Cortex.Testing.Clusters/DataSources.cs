using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Npgsql;

namespace Cortex.Testing.Clusters;

/// <summary>
/// Connections for a program that asks many times a second, for which a psql for each question would take too much of the machine: one data
/// source for the primary, as a user's program has it, and one for each instance. They use TLS and verify names.
/// </summary>
public sealed class DataSources(Access access)
{
    /// <summary>All hosts of <c>status.endpoints</c>; the host that accepts writes is used.</summary>
    public NpgsqlDataSource Primary() =>
        Describe(4, [.. access.PrimaryAddresses]).BuildMultiHost().WithTargetSession(TargetSessionAttributes.ReadWrite);

    public NpgsqlDataSource Instance(string instance) => Describe(2, access.AddressOf(instance)).Build();

    private NpgsqlDataSourceBuilder Describe(int seconds, params ServerAddress[] servers)
    {
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = string.Join(
                ',', servers.Select(server => string.Create(CultureInfo.InvariantCulture, $"{server.Address}:{server.Port}"))),
            Username = "app",
            Database = "app",
            Password = access.Password,
            // If the address is not a name in the certificate, only the authority is verified.
            SslMode = servers.All(server => server.Host == server.Address) ? SslMode.VerifyFull : SslMode.VerifyCA,
            Timeout = 2,
            CommandTimeout = seconds,
            // A server that does not answer would not answer a cancellation either.
            CancellationTimeout = -1,
            NoResetOnClose = true,
            // The role of a host is not cached, because the host may have been promoted since.
            HostRecheckSeconds = 0,
        };
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        builder.UseRootCertificate(X509CertificateLoader.LoadCertificateFromFile(access.Authority));
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        return builder;
    }
}
