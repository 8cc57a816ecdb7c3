namespace Cortex.Core.Api;

/// <summary>A repository on a server of SFTP. Several clusters may share a path: each has a folder of its own below it.</summary>
public sealed record SftpRepositorySpec
{
    public const int UsualPort = 22;

    public string? Host { get; init; }

    public int Port { get; init; } = UsualPort;

    /// <summary>The account on the server.</summary>
    public string? User { get; init; }

    /// <summary>The folder on the server that has the folders of the clusters, from its root.</summary>
    public string? Path { get; init; }

    /// <summary>
    /// The public key of the server as ssh-keyscan prints it, or its fingerprint. It is always verified.
    /// </summary>
    public string? HostKey { get; init; }

    /// <summary>The name of a secret of the user, with a private key that has no passphrase.</summary>
    public string? PrivateKeySecret { get; init; }
}
