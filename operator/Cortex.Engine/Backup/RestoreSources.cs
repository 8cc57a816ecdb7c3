using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Core.Restoring;
using Cortex.Engine.Memory;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Backup;

/// <summary>The repositories that new clusters are restored from, and how far their restores have come.</summary>
public sealed class RestoreSources(
    IClusterRecords records, IOneShots oneShots, IJobs jobs, ISecretStore secrets, ClusterMemory memory, TimeProvider clock)
{
    /// <summary>EX_DATAERR: what read-repository.sh ends with when there is no such folder.</summary>
    private const int NoFolder = 65;

    /// <summary>A list of a thousand backups.</summary>
    private const int LargestList = 4 * 1024 * 1024;

    /// <summary>To read a repository takes a container: not in each of several passes in a row.</summary>
    private static readonly TimeSpan ReadingIsFreshFor = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan ReadingTimeout = TimeSpan.FromMinutes(1);

    /// <summary>The next pass begins at once. A later pass, after a failure, reads again.</summary>
    private static readonly TimeSpan UsableFor = TimeSpan.FromSeconds(5);

    private const string OfCluster = "";

    private readonly Notes<Reading> readings = memory.Part<Reading>();
    private readonly SlowReads<Reading> reads = new(memory, clock, UsableFor);

    /// <summary>What a cluster without data is to be restored from.</summary>
    public async Task<RestoreLook> LookAsync(CortexCluster cluster, Inventory inventory, ImageSeen image, CancellationToken ct)
    {
        if (cluster.Status?.SystemIdentifier is not null
            || cluster.Metadata.DeletionTimestamp is not null
            || Validity.Of(cluster).Count > 0
            || RestoreRequest.Of(cluster.Spec) is not { } request
            || inventory.Jobs.Any(job => job.Restore == request.Mark)
            || image.Facts is not { } facts)
        {
            return RestoreLook.Nothing;
        }

        var key = cluster.Key();
        var mark = $"{request.Mark} {facts.Id}";
        if (readings.TryGet(key, OfCluster, out var last) && last.Mark == mark && clock.GetElapsedTime(last.At) < ReadingIsFreshFor)
        {
            return new RestoreLook(last.Source, IsBeingRead: false);
        }

        var read = await reads.TakeAsync(
            key,
            OfCluster,
            mark,
            async end =>
            {
                var source = await ReadAsync(cluster, request, facts, inventory.HasServices, end);
                return new Reading(mark, clock.GetTimestamp(), source);
            },
            ct);
        if (read is null)
        {
            return RestoreLook.BeingRead;
        }

        var reading = await read;
        readings.Set(key, OfCluster, reading);
        return new RestoreLook(reading.Source, IsBeingRead: false);
    }

    /// <summary>The progress of jobs that restore a backup or replay an archive, by instance.</summary>
    public async Task<IReadOnlyDictionary<string, RestoreProgress>> ProgressAsync(
        CortexCluster cluster, Inventory inventory, CancellationToken ct)
    {
        Dictionary<string, RestoreProgress> found = [];
        foreach (var job in inventory.Jobs.Where(job => job.Runs && (job.Kind == JobKind.Restore || cluster.Spec.Backup is not null)))
        {
            var output = await jobs.TailJobAsync(cluster.Key(), job.Instance, ct);
            var progress = job.Kind == JobKind.Restore
                ? RestoreProgress.Of(output, cluster.Status?.Restore?.SizeBytes)
                : RestoreProgress.OfJoin(output);
            if (progress is not null)
            {
                found[job.Instance] = progress;
            }
        }

        return found;
    }

    private async Task<RestoreSourceSeen> ReadAsync(
        CortexCluster cluster, RestoreRequest request, ImageFacts image, bool onKubernetes, CancellationToken ct)
    {
        if (image.BackupVersion is not { } version)
        {
            return RestoreSourceSeen.Unusable(
                $"spec.image: {cluster.Spec.Image} has no pgbackrest", "build it again, or name another image");
        }

        var place = await PlaceAsync(cluster.Key(), request, ct);
        if (place.Problem is not null)
        {
            return place;
        }

        if (!BackupProgram.Reaches(place.Access, version))
        {
            return RestoreSourceSeen.Unusable(
                $"spec.image: pgbackrest {version} of {cluster.Spec.Image} has no SFTP",
                $"name an image with {BackupProgram.FirstWithSftp} or later");
        }

        try
        {
            if (await MissingAsync(cluster.Key(), place.Access, onKubernetes, ct) is { } missing)
            {
                return missing;
            }

            var result = await oneShots.RunOneShotAsync(Look(cluster, image, place), ct);
            var folder = place.Access.Folder(place.Folder);
            return result.ExitCode switch
            {
                0 when RestoreSourceSeen.Parse(result.Output) is { } repository => place with { Repository = repository },
                _ when EncryptionWords.SayMismatch(result.Output) => RestoreSourceSeen.Unusable(
                    $"{folder} in {place.Place} {EncryptionWords.Mismatch(place.Access.Encryption)}",
                    place.Access.Encryption?.PassphraseSecret is { } secret
                        ? $"put the passphrase of those backups into the secret {secret}"
                        : "name the secret with their passphrase in encryption.passphraseSecret"),
                _ when SftpWords.OtherHostKey(place.Access.Sftp, result.Output) is { } other =>
                    RestoreSourceSeen.Unusable($"repository.sftp: {other.What}", other.Remedy),
                NoFolder => RestoreSourceSeen.Unusable($"{place.Place} has no folder {folder} with backups"),
                _ => RestoreSourceSeen.Unusable(
                    $"{folder} in {place.Place} cannot be read: {ArchiveSeen.WordsOf(result.Output) ?? result.LastLines}"),
            };
        }
        catch (TargetException cause)
        {
            return RestoreSourceSeen.Unusable($"the repository cannot be read: {cause.What}", cause.Remedy);
        }
    }

    /// <summary>Where the backups are: as the spec says, or as the resource of the named cluster does.</summary>
    private async Task<RestoreSourceSeen> PlaceAsync(ClusterKey key, RestoreRequest request, CancellationToken ct)
    {
        if (request is { Folder: { } folder, From.Repository: { } named })
        {
            return new RestoreSourceSeen(named.Directory?.Volume ?? "", folder, null)
            {
                Access = RepositoryAccess.Of(named, request.From.Encryption),
            };
        }

        var source = new ClusterKey(key.Namespace, request.From.Cluster ?? "");
        return await records.ReadAsync(source, ct) switch
        {
            null => RestoreSourceSeen.Unusable(
                $"there is no cluster {source}", "of one that was deleted, name repository and folder in spec.bootstrap.fromBackup"),
            {
                Spec.Backup.Repository: ({ Directory.Volume: not null } or { S3: not null } or { Sftp: not null }) and var repository,
            } found =>
                new RestoreSourceSeen(repository.Directory?.Volume ?? "", RepositoryFile.Folder(source, found.Metadata.Uid), null)
                {
                    Database = found.Spec.Database,
                    Access = RepositoryAccess.Of(found.Spec),
                },
            _ => RestoreSourceSeen.Unusable($"spec.backup of the cluster {source} names no repository"),
        };
    }

    private async Task<RestoreSourceSeen?> MissingAsync(
        ClusterKey cluster, RepositoryAccess access, bool onKubernetes, CancellationToken ct)
    {
        var names = access.SecretNames;
        var versions = names.Count > 0 ? await secrets.VersionsAsync(cluster, names, ct) : new Dictionary<string, string>();
        return access.Secrets.FirstOrDefault(secret => !versions.ContainsKey(secret.Name)) is not { } missing ? null
            : RestoreSourceSeen.Unusable(
                $"there is no secret {missing.Name} with {missing.ContentOn(onKubernetes)}",
                RepositorySecrets.MakeOn(onKubernetes, cluster, access, missing));
    }

    /// <summary>Under the name of the one-shot that prepares a repository: this is before there is anything to be archived.</summary>
    private static OneShot Look(CortexCluster cluster, ImageFacts image, RestoreSourceSeen place) => new()
    {
        Cluster = cluster.Key(),
        Name = Names.Archivist(cluster.Metadata.Name),
        Image = cluster.Spec.Image,
        Script = BackupScripts.Read,
        Arguments = [RepositoryFile.RenderSource(place.Folder, place.Access), place.Access.IsRemote ? "" : place.Folder],
        User = (image.Uid, image.Gid),
        Repository = place.Access.IsRemote ? null : place.Volume,
        OnlyReadsRepository = !place.Access.IsRemote,
        OnCommonNetwork = place.Access.IsRemote,
        Secrets = RepositorySecrets.Mounts(place.Access.SecretNames),
        OutputLimit = LargestList,
        Timeout = ReadingTimeout,
    };

    /// <param name="Mark">The request and the image.</param>
    /// <param name="At">When it ended.</param>
    private sealed record Reading(string Mark, long At, RestoreSourceSeen Source);
}

/// <summary>What a pass knows of the source of a restore.</summary>
/// <param name="Source">Null where nothing is restored, a restore is in progress, or the source is being read.</param>
/// <param name="IsBeingRead">The read continues, and a later pass has its result.</param>
public readonly record struct RestoreLook(RestoreSourceSeen? Source, bool IsBeingRead)
{
    public static readonly RestoreLook Nothing;

    public static readonly RestoreLook BeingRead = new(null, IsBeingRead: true);
}
