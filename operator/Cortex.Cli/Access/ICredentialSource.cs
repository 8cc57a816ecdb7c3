using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Cli.Access;

/// <summary>Where clients find the servers of clusters, and what lets them in.</summary>
internal interface ICredentialSource
{
    /// <summary>The API that has these clusters, as a part of a path; null for the embedded API of this machine.</summary>
    string? Api { get; }

    /// <summary>
    /// Changes whenever the credentials do; null while there are none. Asked before the servers: to look at the cluster tells where they are.
    /// </summary>
    Task<string?> VersionAsync(CortexCluster cluster, CancellationToken ct);

    /// <returns>Null while there are none.</returns>
    Task<ClientCredentials?> ReadAsync(CortexCluster cluster, CancellationToken ct);

    /// <summary>Those of which a client finds the primary.</summary>
    IReadOnlyList<Endpoint> Servers(CortexCluster cluster);

    /// <summary>One instance, whatever its role.</summary>
    Endpoint Server(CortexCluster cluster, string instance);
}

/// <summary>What lets a client in.</summary>
/// <param name="AuthorityPem">The certificate by which it knows the servers.</param>
/// <param name="Password">Of the application's role.</param>
internal sealed record ClientCredentials(string AuthorityPem, string Password);
