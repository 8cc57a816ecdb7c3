using System.Security.Cryptography;
using System.Text;
using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Naming;
using Cortex.Core.Pki;
using Cortex.Core.Postgres;
using Cortex.Engine.Memory;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Act;

/// <summary>
/// Starts a PostgreSQL server from the image of the cluster with the configuration that the user wrote, before this configuration is
/// written into any volume. Each configuration is tried once.
/// </summary>
public sealed class ConfigurationProofs(IOneShots oneShots, ClusterMemory memory)
{
    /// <summary>EX_DATAERR: the exit code of prove.sh when the server refused the configuration.</summary>
    private const int Refused = 65;

    private const string OfCluster = "";

    /// <summary>For initdb and the start of a server.</summary>
    private static readonly TimeSpan ProofTimeout = TimeSpan.FromMinutes(2);

    private readonly Notes<Proof> proofs = memory.Part<Proof>();
    private readonly Notes<SemaphoreSlim> turns = memory.Part<SemaphoreSlim>();

    /// <summary>The fields of this spec that PostgreSQL refused; empty where it accepted them, or where they were not tried.</summary>
    public IReadOnlyList<FieldRefusal> Of(ClusterKey cluster, ClusterSpec spec, ImageFacts image) =>
        proofs.TryGet(cluster, OfCluster, out var proof) && proof.Of == Identity(spec, image) ? proof.Refusals : [];

    /// <summary>Returns when a server has started with the configuration.</summary>
    /// <exception cref="TargetException">The server did not start; the message names the fields.</exception>
    public async Task DemandAsync(
        ClusterKey cluster,
        ClusterSpec spec,
        ImageFacts image,
        InstanceConfiguration configuration,
        KeyPair authority,
        string instance,
        CancellationToken ct)
    {
        var identity = Identity(spec, image);
        var turn = turns.GetOrAdd(cluster, OfCluster, () => new SemaphoreSlim(1, 1));
        await turn.WaitAsync(ct);
        try
        {
            if (!proofs.TryGet(cluster, OfCluster, out var proof) || proof.Of != identity)
            {
                proof = new Proof(identity, await TryAsync(cluster, spec, image, configuration, authority, instance, ct));
                proofs.Set(cluster, OfCluster, proof);
            }

            if (proof.Refusals.Count > 0)
            {
                throw new TargetException(string.Join("; ", proof.Refusals));
            }
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<IReadOnlyList<FieldRefusal>> TryAsync(
        ClusterKey cluster, ClusterSpec spec, ImageFacts image, InstanceConfiguration configuration, KeyPair authority, string instance,
        CancellationToken ct)
    {
        var result = await oneShots.RunOneShotAsync(
            new OneShot
            {
                Cluster = cluster,
                Name = Names.Prover(cluster.Name),
                Image = spec.Image,
                Script = ProvisioningScripts.Prove,
                Arguments = [configuration.Settings, configuration.Hba, configuration.Ident, authority.CertificatePem, Paths.Secrets],
                Secrets = new Dictionary<string, string> { [Names.ServerCertificate(instance)] = "server.pem" },
                User = (image.Uid, image.Gid),
                Timeout = ProofTimeout,
            },
            ct);
        return result.ExitCode switch
        {
            0 => [],
            Refused => ConfigurationRefusal.Read(result.Output, spec.Postgres.Parameters, spec.Postgres.Hba),
            var code => throw new TargetException($"the configuration could not be tried (exit code {code}): {result.LastLines}"),
        };
    }

    /// <summary>
    /// Identifies the user's part of the configuration and the image that reads it. Certificates and addresses are the operator's part.
    /// </summary>
    private static string Identity(ClusterSpec spec, ImageFacts image)
    {
        var parameters = spec.Postgres.Parameters.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .SelectMany(pair => new[] { pair.Key, pair.Value });
        var written = string.Join('\0', [image.Id, .. parameters, "", .. spec.Postgres.Hba]);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(written)));
    }

    private sealed record Proof(string Of, IReadOnlyList<FieldRefusal> Refusals);
}
