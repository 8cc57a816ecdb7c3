using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning.Policies.Instances;

/// <summary>
/// Whether a standby is made with the archive, so that its primary is not read for a copy. The job falls back to a copy of the primary.
/// </summary>
internal static class ArchiveChecks
{
    /// <summary>
    /// A copy of a smaller database is quick, and starting a server to recover a backup takes a few seconds more than that.
    /// </summary>
    public const long LargeDatabase = 10L << 30;

    /// <summary>
    /// A backup is older than its primary. Where more WAL was written since than this part of the database's size, a copy is quicker:
    /// replaying changes takes longer than copying the same number of bytes.
    /// </summary>
    private const int PartOfSize = 3;

    /// <summary>This much is replayed within seconds. A small database writes it soon, because segments are not small.</summary>
    private const long LittleWal = 1L << 30;

    /// <param name="reached">How far the data of the instance have been replayed; null where that is not known.</param>
    /// <param name="mayHaveBegun">An earlier job may have begun to replay the archive: it may go on. The job itself knows.</param>
    /// <returns>What the archive is used for; null where it is not.</returns>
    public static ArchiveUse? UseFor(Situation now, string primary, Lsn? reached = null, bool mayHaveBegun = false)
    {
        if (now.Seen.Archive is not { IsFailing: false, IsGivingUp: false, Repository: { IsPrepared: true } repository }
            || now.Status.Backup?.Archive?.Gap is not null
            || now.Seen.Answer(primary) is not { } leader)
        {
            return null;
        }

        var end = new Lsn(leader.Lsn);
        var newest = repository.Backups.LastOrDefault(backup => !backup.IsDamaged);
        var replay = newest is not null
            && (reached is { } position ? position.BytesBehind(end) < AtLeastLittle(newest.Size) : mayHaveBegun);
        var restores = newest is { ConsistentAt: { } start } && IsLarge(now, newest)
            // A backup that ended after the primary left its timeline: there is no end of it on the present one.
            && (WalName.Timeline(newest.WalTo) is not { } line || leader.History?.HasDiverged(new WalPosition(line, start)) != true)
            && start.BytesBehind(end) < AtLeastLittle(newest.Size / PartOfSize);
        return replay || restores ? new ArchiveUse(replay, restores ? newest!.Label : null) : null;
    }

    private static ulong AtLeastLittle(long bytes) => (ulong)Math.Max(bytes, LittleWal);

    private static bool IsLarge(Situation now, BackupSeen backup) => now.Spec.Backup?.StandbysFrom switch
    {
        StandbyOrigin.Backup => true,
        StandbyOrigin.Primary => false,
        _ => backup.Size >= LargeDatabase,
    };
}
