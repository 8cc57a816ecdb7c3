using System.Net;

namespace Cortex.Core.Pki;

/// <summary>Which side of a TLS connection a certificate proves.</summary>
public enum LeafUse
{
    Server,
    Client,
}

/// <summary>The contents of a leaf certificate that is to be issued.</summary>
public sealed record LeafRequest
{
    /// <summary>
    /// The instance's name for a server; the PostgreSQL role for a client (hba method <c>cert</c> compares it with the role).
    /// </summary>
    public required string CommonName { get; init; }

    public IReadOnlyList<string> DnsNames { get; init; } = [];

    public IReadOnlyList<IPAddress> IpAddresses { get; init; } = [];

    public required LeafUse Use { get; init; }

    /// <summary>Counted from the moment of issue, and limited by the end of the authority.</summary>
    public required TimeSpan Lifetime { get; init; }
}
