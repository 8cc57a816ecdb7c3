using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Engine.Act;
using Cortex.Engine.Memory;
using Cortex.Engine.Sql;
using Cortex.Engine.Targets;
using Npgsql;

namespace Cortex.Engine.Backup;

/// <summary>
/// The archives of clusters: the state of archiving, the content of their repositories, and the preparation of a repository.
/// </summary>
public sealed class Archives(
    IOneShots oneShots, IInstanceLogs logs, PostgresSessions sessions, ClusterMemory memory, TimeProvider clock)
{
    /// <summary>EX_DATAERR: the exit code of prepare-repository.sh when the folder belongs to another cluster.</summary>
    private const int Foreign = 65;

    /// <summary>A later answer is not waited for; it counts as unknown in this pass.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    /// <summary>A repository that does not answer, such as a network drive, ends a reading by then.</summary>
    private static readonly TimeSpan ReadingLimit = TimeSpan.FromSeconds(15);

    /// <summary>Reading a repository starts a program: several passes in a row share one reading.</summary>
    private static readonly TimeSpan ReadingIsFreshFor = TimeSpan.FromSeconds(5);

    /// <summary>Another program may change the content of a repository: it is read again after this time.</summary>
    private static readonly TimeSpan UnchangedReadingIsFreshFor = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan PreparationTimeout = TimeSpan.FromMinutes(2);

    /// <summary>The delay before the preparation of a repository is repeated after a failure.</summary>
    private static readonly TimeSpan PreparationRetryDelay = TimeSpan.FromSeconds(20);

    private const string OfCluster = "";

    private readonly Notes<Reading> readings = memory.Part<Reading>();
    private readonly SlowReads<Reading> reads = new(memory, clock, UnchangedReadingIsFreshFor);
    private readonly Notes<Attempt> failures = memory.Part<Attempt>();

    /// <summary>What the primary reports about its archive; null where it does not answer.</summary>
    /// <param name="revision">
    /// Of its configuration. What failed under another one is tried again at once, as with a secret that has been replaced.
    /// </param>
    /// <param name="mayRead">Whether the repository may be read; otherwise the last reading is returned.</param>
    public async Task<ArchiveSeen?> LookAsync(
        ClusterKey cluster, ClusterSpec spec, string primary, string? revision, bool mayRead, CancellationToken ct)
    {
        if (sessions.For(cluster, spec, primary) is not { } source)
        {
            return null;
        }

        try
        {
            var archive = await RepositorySql.ArchiverAsync(source, ct).WaitAsync(AnswerLimit, ct);
            var failed = failures.TryGet(cluster, OfCluster, out var attempt) ? attempt : null;
            return archive with
            {
                Words = archive.IsFailing ? ArchiveSeen.WordsOf(await logs.ReadLogAsync(cluster, primary, ct)) : null,
                Repository = mayRead
                    ? await RepositoryAsync(cluster, source, new(primary, revision, archive.LastArchived), ct)
                    : LastRead(cluster),
                IsLocked = readings.TryGet(cluster, OfCluster, out var reading) && reading.IsLocked,
                Unprepared = failed?.Why,
                MayPrepare = failed is null || failed.Revision != revision || clock.GetElapsedTime(failed.At) > PreparationRetryDelay,
            };
        }
        catch (Exception cause) when (cause is not OperationCanceledException)
        {
            // The connection broke, or the answer is not one of PostgreSQL.
            return null;
        }
    }

    /// <summary>What the repository of a cluster holds now.</summary>
    public async Task<RepositorySeen?> ReadAsync(ClusterKey cluster, ClusterSpec spec, string primary, CancellationToken ct)
    {
        readings.Remove(cluster, OfCluster);
        return await RepositorySql.RepositoryAsync(sessions.Demand(cluster, spec, primary), ct).WaitAsync(ReadingLimit, ct);
    }

    /// <summary>What was last read of the repository; null where it was not read lately, or could not be read.</summary>
    public RepositorySeen? LastRead(ClusterKey cluster) =>
        readings.TryGet(cluster, OfCluster, out var reading) && clock.GetElapsedTime(reading.At) < UnchangedReadingIsFreshFor * 2
            ? reading.Repository
            : null;

    public async Task PrepareAsync(Pass pass, string primary, CancellationToken ct)
    {
        var folder = RepositoryFile.Folder(pass.Key, pass.Cluster.Metadata.Uid);
        var access = RepositoryAccess.Of(pass.Spec);
        var result = await oneShots.RunOneShotAsync(
            new OneShot
            {
                Cluster = pass.Key,
                Name = Names.Archivist(pass.Key.Name),
                Image = pass.Spec.Image,
                Script = BackupScripts.Prepare,
                Arguments = [access.IsRemote ? "" : folder, $"{pass.Key} {pass.Cluster.Metadata.Uid}"],
                User = (pass.Image.Uid, pass.Image.Gid),
                Instance = primary,
                Repository = pass.Spec.Backup?.Repository.Directory?.Volume,
                OnNetwork = access.IsRemote,
                Timeout = PreparationTimeout,
            },
            ct);
        readings.Remove(pass.Key, OfCluster);
        reads.Drop(pass.Key, OfCluster);
        if (result.ExitCode != 0)
        {
            var why = result.ExitCode == Foreign ? result.LastLines : ArchiveSeen.WordsOf(result.Output) ?? result.LastLines;
            failures.Set(pass.Key, OfCluster, new Attempt(why, pass.Seen.Answer(primary)?.Revision, clock.GetTimestamp()));
            return;
        }

        failures.Remove(pass.Key, OfCluster);
        var earlier = RepositoryFile.EarlierFolders(pass.Key, result.Output);
        if (!earlier.SequenceEqual(pass.Cluster.Status?.Backup?.EarlierFolders ?? []))
        {
            await pass.DecideAsync(status => Decisions.EarlierBackups(status, access.Folder(folder), earlier), activity: null, ct);
        }

        // The archiver waits for a minute after it has failed; a reload wakes it.
        await InstanceActions.ReloadAsync(sessions.Demand(pass.Key, pass.Spec, primary), ct);
    }

    /// <summary>
    /// The last reading, if it is recent and nothing was archived since. After a failed reading, the repository is not read again at once,
    /// unless the configuration has changed.
    /// </summary>
    private async Task<RepositorySeen?> RepositoryAsync(
        ClusterKey cluster, NpgsqlDataSource source, ArchiverState state, CancellationToken ct)
    {
        if (readings.TryGet(cluster, OfCluster, out var reading)
            && (reading.Repository is not null || reading.State.Revision == state.Revision)
            && clock.GetElapsedTime(reading.At) < (reading.State == state || reading.Repository is null ? UnchangedReadingIsFreshFor
                : ReadingIsFreshFor))
        {
            return reading.Repository;
        }

        var read = await reads.TakeAsync(
            cluster,
            OfCluster,
            mark: state.Revision ?? "",
            async end =>
            {
                var (repository, isLocked) = await TryReadAsync(source, end);
                return new Reading(state, clock.GetTimestamp(), repository) { IsLocked = isLocked };
            },
            ct);
        if (read is null)
        {
            return LastRead(cluster);
        }

        var ended = await read;
        readings.Set(cluster, OfCluster, ended);
        return ended.Repository;
    }

    /// <summary>Null where the content is unknown, as when pgBackRest reports no repository.</summary>
    private static async Task<(RepositorySeen? Repository, bool IsLocked)> TryReadAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        try
        {
            return (await RepositorySql.RepositoryAsync(source, ct).WaitAsync(ReadingLimit, ct), false);
        }
        catch (Exception cause)
        {
            return (null, cause is RepositoryLockedException);
        }
    }

    /// <param name="Primary">Its name.</param>
    /// <param name="Revision">Of its configuration.</param>
    /// <param name="LastArchived">The last file that it has archived.</param>
    private sealed record ArchiverState(string Primary, string? Revision, string? LastArchived);

    /// <param name="State">Of the archiver when the reading began.</param>
    /// <param name="At">When it ended.</param>
    private sealed record Reading(ArchiverState State, long At, RepositorySeen? Repository)
    {
        public bool IsLocked { get; init; }
    }

    private sealed record Attempt(string Why, string? Revision, long At);
}
