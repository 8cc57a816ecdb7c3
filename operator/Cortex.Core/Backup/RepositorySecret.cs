namespace Cortex.Core.Backup;

/// <summary>A secret of the user that a repository is opened with.</summary>
/// <param name="Field">The field that names it, below <c>spec.backup</c>.</param>
/// <param name="Content">What it has on Podman, for people.</param>
/// <param name="Entries">The entries that it has on Kubernetes.</param>
/// <param name="Without">What pgBackRest says without the content; null: that is not known.</param>
public sealed record RepositorySecret(string Field, string Name, string Content, IReadOnlyList<string> Entries, string? Without)
{
    /// <summary>What it has, in the words of the target.</summary>
    public string ContentOn(bool kubernetes) =>
        !kubernetes ? Content : $"the {(Entries.Count > 1 ? "entries" : "entry")} {string.Join(" and ", Entries)}";
}

/// <summary>The entries of a Secret of Kubernetes; fill-secrets.sh reads the files of these names.</summary>
public static class SecretEntries
{
    public const string Passphrase = "passphrase";
    public const string AccessKey = "accessKey";
    public const string SecretKey = "secretKey";
    public const string Authority = "ca.crt";

    /// <summary>Not ssh-privatekey: a Secret of the type kubernetes.io/ssh-auth that another program uses must not be mounted.</summary>
    public const string PrivateKey = "privateKey";

    /// <summary>
    /// No other entry of a Secret is ever mounted: a cluster whose resource names the Secret of another program gets nothing else of it.
    /// </summary>
    public static IReadOnlyList<string> All { get; } = [Passphrase, AccessKey, SecretKey, Authority, PrivateKey];
}
