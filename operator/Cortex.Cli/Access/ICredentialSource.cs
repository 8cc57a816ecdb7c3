using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Cli.Access;

/// <summary>Where clients find the servers of clusters, and the credentials that they need.</summary>
internal interface ICredentialSource
{
    /// <summary>The API of these clusters, as a part of a path; null for the embedded API of this machine.</summary>
    string? Api { get; }

    /// <summary>
    /// A value that changes with the credentials; null while there are none. Read before the servers, because this request also finds their
    /// addresses.
    /// </summary>
    Task<string?> VersionAsync(ClusterKey cluster, CancellationToken ct);

    /// <returns>Null while there are no credentials.</returns>
    Task<ClientCredentials?> ReadAsync(CortexCluster cluster, CancellationToken ct);

    /// <summary>The servers among which a client finds the primary.</summary>
    IReadOnlyList<Endpoint> Servers(CortexCluster cluster);

    /// <summary>The server of one instance, whatever its role is.</summary>
    Endpoint Server(CortexCluster cluster, string instance);
}

/// <summary>The credentials of a client.</summary>
/// <param name="AuthorityPem">The CA certificate with which it verifies the servers.</param>
/// <param name="Password">The password of the application's role.</param>
internal sealed record ClientCredentials(string AuthorityPem, string Password);
