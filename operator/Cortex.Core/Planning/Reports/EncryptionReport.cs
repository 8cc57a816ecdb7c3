using Cortex.Core.Api;
using Cortex.Core.Backup;

namespace Cortex.Core.Planning;

/// <summary>What prevents the archiving of a cluster because of <c>spec.backup.encryption</c>.</summary>
internal static class EncryptionReport
{
    /// <summary>Null where nothing is known to.</summary>
    public static Refusal? Problem(Situation now)
    {
        var encryption = now.Spec.Backup?.Encryption;
        var secret = encryption?.PassphraseSecret ?? "";
        if (encryption is not null && !now.Seen.BackupSecrets.ContainsKey(secret))
        {
            return new(
                Reasons.SecretMissing,
                $"{RepositorySecrets.PassphraseField}: there is no secret {secret}, so WAL is not archived",
                $"{RepositorySecrets.Make(secret)} makes it from a file that has the passphrase");
        }

        return now.Seen.Archive switch
        {
            { IsFailing: true, Words: var words } when encryption is not null && EncryptionWords.SayMissing(words) => new(
                Reasons.SecretUnusable,
                $"{RepositorySecrets.PassphraseField}: the secret {secret} has no passphrase, so WAL is not archived",
                "it must be one line, without blanks at its ends and without control characters"),
            { IsLocked: true } => Mismatch(now, encryption),
            { IsFailing: true, Repository: null, Words: var words } when EncryptionWords.SayMismatch(words) => Mismatch(now, encryption),
            _ => null,
        };
    }

    private static Refusal Mismatch(Situation now, EncryptionSpec? encryption)
    {
        var folder = RepositoryFile.Folder(now.Seen.Cluster, now.Cluster.Metadata.Uid);
        return new(
            Reasons.EncryptionMismatch,
            $"spec.backup.encryption: {folder} {EncryptionWords.Mismatch(encryption)}. The encryption of a folder cannot be changed",
            "say what it was made with, or name another volume in spec.backup.repository.directory.volume");
    }
}
