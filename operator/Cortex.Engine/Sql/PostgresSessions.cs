using System.Net;
using System.Security.Cryptography.X509Certificates;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;
using Cortex.Engine.Memory;
using Cortex.Engine.Secrets;
using Cortex.Engine.Targets;
using Npgsql;

namespace Cortex.Engine.Sql;

/// <summary>
/// The operator's connections: one small pool for each instance, always TLS with verify-full and its own client certificate. An open
/// connection to the standby makes a promotion quick.
/// </summary>
public sealed class PostgresSessions(
    IAddresses addresses, SecretVault vault, ClusterMemory memory, AnswerLimits? limits = null) : IAsyncDisposable
{
    private readonly Notes<Session> sessions = memory.Part<Session>(session => session.Close());

    /// <summary>The pool of one instance; null while the operator has no client certificate.</summary>
    public NpgsqlDataSource? For(ClusterKey cluster, ClusterSpec spec, string instance)
    {
        var held = vault.Held(cluster);
        if (PairFile.Read(held.GetValueOrDefault(Names.CaSecret(cluster.Name))) is not { } authority
            || PairFile.Read(held.GetValueOrDefault(Names.OperatorCertificate(cluster.Name))) is not { } client)
        {
            return null;
        }

        var identity = new Identity(addresses.AddressOf(cluster, spec, instance), authority.CertificatePem, client.CertificatePem);
        if (sessions.TryGet(cluster, instance, out var session) && session.Identity == identity)
        {
            return session.Source;
        }

        var port = new GuardedPort(identity.Address, limits ?? AnswerLimits.Default);
        var fresh = new Session(
            identity,
            port,
            Open(identity.Address.Name ?? identity.Address.Host, port.Port, authority.CertificatePem, PairFile.ToX509(client)));
        sessions.Set(cluster, instance, fresh);
        return fresh.Source;
    }

    /// <summary>The same for a step, which cannot continue without a certificate.</summary>
    /// <exception cref="TargetException">There is no certificate yet.</exception>
    public NpgsqlDataSource Demand(ClusterKey cluster, ClusterSpec spec, string instance) =>
        For(cluster, spec, instance) ?? throw new TargetException("the operator has no certificate yet; it is issued in the next pass");

    /// <summary>Closes the connections to an instance: after a stop, every idle connection to it is dead.</summary>
    public void Clear(ClusterKey cluster, string instance)
    {
        if (sessions.TryGet(cluster, instance, out var session))
        {
            session.Source.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var session in sessions.All)
        {
            await session.Source.DisposeAsync();
            session.Port.Dispose();
        }
    }

    /// <param name="host">The name that the server's certificate must have, although the connection goes through a local port.</param>
    private static NpgsqlDataSource Open(string host, int port, string authorityPem, X509Certificate2 client)
    {
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = IPAddress.Loopback.ToString(),
            Port = port,
            Username = Roles.Operator,
            Database = "postgres",
            SslMode = SslMode.VerifyFull,
            // Otherwise Npgsql tries it before TLS, with a library that small images do not have.
            GssEncryptionMode = GssEncryptionMode.Disable,
            ApplicationName = "cortex-operator",
            Options = SessionOptions.Operator,
            Timeout = 2,
            CommandTimeout = 30,
            // In ms: how long a server may take to confirm that a query was cancelled. One that hangs never does.
            CancellationTimeout = 300,
            MaxPoolSize = 4,
            ConnectionIdleLifetime = 3600,
            NoResetOnClose = true,
        };
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        builder.UseRootCertificate(X509Certificate2.CreateFromPem(authorityPem));
        builder.UseSslClientAuthenticationOptionsCallback(tls => (tls.TargetHost, tls.ClientCertificates) = (host, [client]));
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        return builder.Build();
    }

    private sealed record Identity(InstanceAddress Address, string AuthorityPem, string ClientPem);

    private sealed record Session(Identity Identity, GuardedPort Port, NpgsqlDataSource Source)
    {
        public void Close()
        {
            Source.Dispose();
            Port.Dispose();
        }
    }
}
