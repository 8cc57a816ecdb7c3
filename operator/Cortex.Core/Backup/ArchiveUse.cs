namespace Cortex.Core.Backup;

/// <summary>What the archive of a cluster does for one of its standbys.</summary>
/// <param name="Replay">Data that are too far behind for their primary get the WAL that they lack.</param>
/// <param name="Backup">The label of the backup that is restored in place of a copy of the primary; null: the primary is copied.</param>
public sealed record ArchiveUse(bool Replay, string? Backup);
