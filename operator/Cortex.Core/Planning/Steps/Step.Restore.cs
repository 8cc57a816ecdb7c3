using Cortex.Core.Backup;

namespace Cortex.Core.Planning;

/// <content>What makes the first primary from a backup.</content>
public abstract partial record Step
{
    /// <summary>
    /// Starts the job that restores a backup into the volume of the first primary, unless the volume has the restored data already.
    /// Another job on the volume is ended.
    /// </summary>
    /// <param name="Volume">The volume of the repository; empty where it is in a bucket.</param>
    /// <param name="Folder">The folder in it, as an instance sees it.</param>
    /// <param name="Backup">The label of the backup.</param>
    public sealed record Restore(string Instance, string Volume, string Folder, string Backup) : Step
    {
        /// <summary>How the repository is reached and opened.</summary>
        public RepositoryAccess Access { get; init; } = RepositoryAccess.Plain;

        /// <summary>The first and the last moment that the repository can restore.</summary>
        public (DateTimeOffset First, DateTimeOffset Latest)? Range { get; init; }

        /// <summary>Bytes of the database.</summary>
        public long Size { get; init; }

        public override string Says => $"restores the backup {Backup} into {Instance}";
    }

    /// <summary>Reads how the job of a <see cref="Restore"/> ended, writes down what came of it, and removes it.</summary>
    public sealed record FinishRestore(string Instance) : Step
    {
        public override string Says => $"checks that {Instance} has been restored";
    }

    /// <summary>Writes that the data of the first primary are those of the restore: nothing is restored a second time.</summary>
    public sealed record RecordRestored(string SystemIdentifier, long Timeline) : Step
    {
        public override string Says => "records that the data have been restored";
    }
}
