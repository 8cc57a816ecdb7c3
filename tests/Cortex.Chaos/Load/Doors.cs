using System.Security.Cryptography.X509Certificates;
using Cortex.Core.Naming;
using Cortex.EndToEnd.Harness;
using Npgsql;

namespace Cortex.Chaos.Load;

/// <summary>The ways in: one that finds the primary, as a user's program has it, and one to each instance. TLS, verify-full.</summary>
internal sealed class Doors(Cluster cluster, Access access, int instances)
{
    private const int RequestSeconds = 4;

    /// <summary>All hosts of <c>status.endpoints</c>; whoever takes writes is used.</summary>
    public NpgsqlDataSource Primary()
    {
        var settings = Settings(RequestSeconds);
        settings.Host = string.Join(',', Names.Instances(cluster.Name, instances).Select(instance => $"127.0.0.1:{Port(instance)}"));
        // What a host was found to be is forgotten at once: it may have been promoted since.
        settings.HostRecheckSeconds = 0;
        return Build(settings).BuildMultiHost().WithTargetSession(TargetSessionAttributes.ReadWrite);
    }

    public NpgsqlDataSource Instance(string instance)
    {
        var settings = Settings(2);
        (settings.Host, settings.Port) = ("127.0.0.1", Port(instance));
        return Build(settings).Build();
    }

    private int Port(string instance) => cluster.BasePort + Names.IndexOf(cluster.Name, instance)!.Value;

    private NpgsqlConnectionStringBuilder Settings(int seconds) => new()
    {
        Username = "app",
        Database = "app",
        Password = access.Password,
        SslMode = SslMode.VerifyFull,
        Timeout = 2,
        CommandTimeout = seconds,
        // A server that does not answer will not answer a cancellation either.
        CancellationTimeout = -1,
        NoResetOnClose = true,
    };

    private NpgsqlDataSourceBuilder Build(NpgsqlConnectionStringBuilder settings)
    {
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        builder.UseRootCertificate(X509CertificateLoader.LoadCertificateFromFile(access.Authority));
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        return builder;
    }
}
