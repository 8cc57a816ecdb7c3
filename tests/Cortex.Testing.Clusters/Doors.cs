using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Npgsql;

namespace Cortex.Testing.Clusters;

/// <summary>
/// The ways in for a program that asks many times a second, where a psql for each question would take the machine from the story: one to the primary, as a
/// user's program has it, and one to each instance. TLS, with names that are verified.
/// </summary>
public sealed class Doors(Access access)
{
    /// <summary>All hosts of <c>status.endpoints</c>; whoever takes writes is used.</summary>
    public NpgsqlDataSource Primary() => Describe(4, [.. access.PrimaryAddresses]).BuildMultiHost().WithTargetSession(TargetSessionAttributes.ReadWrite);

    public NpgsqlDataSource Instance(string instance) => Describe(2, access.AddressOf(instance)).Build();

    private NpgsqlDataSourceBuilder Describe(int seconds, params ServerAddress[] servers)
    {
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = string.Join(',', servers.Select(server => string.Create(CultureInfo.InvariantCulture, $"{server.Address}:{server.Port}"))),
            Username = "app",
            Database = "app",
            Password = access.Password,
            // Whose address is no name of the certificate is known by its authority.
            SslMode = servers.All(server => server.Host == server.Address) ? SslMode.VerifyFull : SslMode.VerifyCA,
            Timeout = 2,
            CommandTimeout = seconds,
            // A server that does not answer will not answer a cancellation either.
            CancellationTimeout = -1,
            NoResetOnClose = true,
            // What a host was found to be is forgotten at once: it may have been promoted since.
            HostRecheckSeconds = 0,
        };
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        builder.UseRootCertificate(X509CertificateLoader.LoadCertificateFromFile(access.Authority));
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        return builder;
    }
}
