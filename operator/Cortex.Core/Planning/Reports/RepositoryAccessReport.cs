using Cortex.Core.Api;
using Cortex.Core.Backup;

namespace Cortex.Core.Planning;

/// <summary>
/// What prevents the archiving of a cluster because of what <c>spec.backup</c> says of the repository: secrets, and the key of a server.
/// </summary>
internal static class RepositoryAccessReport
{
    /// <summary>Null where nothing is known to.</summary>
    public static Refusal? Problem(Situation now)
    {
        var (access, kubernetes) = (RepositoryAccess.Of(now.Spec), now.Seen.Inventory.HasServices);
        if (access.Secrets.FirstOrDefault(secret => !now.Seen.BackupSecrets.ContainsKey(secret.Name)) is { } missing)
        {
            return new(
                Reasons.SecretMissing,
                $"spec.backup.{missing.Field}: there is no secret {missing.Name}, so WAL is not archived",
                $"{RepositorySecrets.MakeOn(kubernetes, now.Seen.Cluster, access, missing)} makes it from "
                    + (kubernetes ? "files" : $"a file that has {missing.Content}"));
        }

        var encryption = access.Encryption;
        return now.Seen.Archive switch
        {
            { IsFailing: true, Words: { } words } when access.Secrets.FirstOrDefault(secret => Lacks(words, secret)) is { } empty => new(
                Reasons.SecretUnusable,
                $"spec.backup.{empty.Field}: the secret {empty.Name} does not have {empty.ContentOn(kubernetes)}, so WAL is not archived",
                "a value is on one line, without blanks at its ends and without control characters"),
            { IsFailing: true, Words: var words } when SftpWords.OtherHostKey(access.Sftp, words) is { } other => new(
                Reasons.HostKeyMismatch, $"spec.backup.repository.sftp.hostKey: {other.What}, so WAL is not archived", other.Remedy),
            { IsLocked: true } => Mismatch(now, encryption),
            { IsFailing: true, Repository: null, Words: var words } when EncryptionWords.SayMismatch(words) => Mismatch(now, encryption),
            _ => null,
        };
    }

    /// <summary>The line with the content of the secret was left out, or its file has something else.</summary>
    private static bool Lacks(string words, RepositorySecret secret) =>
        secret.Without is { } without && words.Contains(without, StringComparison.Ordinal);

    private static Refusal Mismatch(Situation now, EncryptionSpec? encryption)
    {
        var folder = RepositoryAccess.Of(now.Spec).Folder(RepositoryFile.Folder(now.Seen.Cluster, now.Cluster.Metadata.Uid));
        return new(
            Reasons.EncryptionMismatch,
            $"spec.backup.encryption: {folder} {EncryptionWords.Mismatch(encryption)}. The encryption of a folder cannot be changed",
            "say what it was made with, or name another volume or path in spec.backup.repository");
    }
}
