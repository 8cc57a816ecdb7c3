using System.Text.RegularExpressions;
using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Core.Backup;

/// <summary>What pgBackRest says of a server of SFTP that it does not work with.</summary>
public static partial class SftpWords
{
    /// <summary>
    /// libssh2 cannot use the file of the private key (LIBSSH2_ERROR_FILE): it does not exist, is not a key, or has a passphrase.
    /// </summary>
    public const string NoPrivateKey = "public key authentication failed: libssh2 error [-16]";

    /// <summary>The server has proven itself with another key than the spec names; null where the words say something else.</summary>
    public static Objection? OtherHostKey(SftpRepositorySpec? sftp, string? words) =>
        sftp is not null && Mismatch().Match(words ?? "") is { Success: true } match
            ? new Objection(
                $"{sftp.Host} has proven itself with the key {HostKey.Fingerprint(match.Groups["host"].Value)}, and hostKey names another",
                "see which it is on the server itself, for example by `ssh-keygen -lf /etc/ssh/ssh_host_ecdsa_key.pub`")
            : null;

    [GeneratedRegex(@"host \[(?<host>[0-9a-f]{64})\] and configured fingerprint ", RegexOptions.CultureInvariant)]
    private static partial Regex Mismatch();
}
