using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Manifests;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Engine.Observe;
using Cortex.Engine.Secrets;
using Cortex.Engine.Sql;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Backup;

/// <summary>What a restore test begins with, from the primary and the image of the cluster.</summary>
public sealed class VerificationSource(Archives archives, ImageExaminer images, PostgresSessions sessions, SecretVault vault)
    : IVerificationSource
{
    /// <summary>A later answer is not waited for.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    private static readonly IReadOnlyDictionary<string, string> NoAddresses = new Dictionary<string, string>();

    public RepositorySeen? LastRead(ClusterKey cluster) => archives.LastRead(cluster);

    public async Task<long?> NextTransactionAsync(CortexCluster cluster, CancellationToken ct)
    {
        if (cluster.Status?.Primary is not { } primary || sessions.For(cluster.Key(), cluster.Spec, primary) is not { } source)
        {
            return null;
        }

        try
        {
            await using var command = source.CreateCommand("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint");
            return await command.ExecuteScalarAsync(ct).WaitAsync(AnswerLimit, ct) as long?;
        }
        catch (Exception cause) when (cause is not OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>With the settings of the primary: a server without its libraries could not replay their WAL.</summary>
    public async Task<OneShot?> DescribeAsync(CortexCluster cluster, VerificationOrder order, CancellationToken ct)
    {
        var (key, spec) = (cluster.Key(), cluster.Spec);
        if ((await images.LookAsync(key, spec.Image, ct)).Facts is not { } image)
        {
            return null;
        }

        var instance = cluster.Status?.Primary ?? Names.Instance(key.Name, 0);
        var folder = RepositoryFile.Folder(key, cluster.Metadata.Uid);
        var access = RepositoryAccess.Of(spec);
        // A container mounts a secret by its name alone, and another cluster's may have it.
        if ((await vault.VersionsAsync(key, access.SecretNames, ct)).Count < access.SecretNames.Count)
        {
            return null;
        }

        var configuration = InstanceConfiguration.Render(key, spec, cluster.Status, instance, image, NoAddresses, []);
        return new OneShot
        {
            Cluster = key,
            Name = Names.Verification(key.Name),
            Image = spec.Image,
            Script = BackupScripts.Verify,
            Arguments = [configuration.Settings, .. order.Arguments(folder, access)],
            User = (image.Uid, image.Gid),
            Repository = spec.Backup?.Repository.Directory?.Volume,
            OnlyReadsRepository = !access.IsRemote,
            // The server in it listens on no address.
            OnNetwork = access.IsRemote,
            Secrets = RepositorySecrets.Mounts(access.SecretNames),
        };
    }
}
