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
/// Asks PostgreSQL itself, by the image that will run it, whether it comes up with what the user wrote, before that is written anywhere.
/// Each configuration is tried once.
/// </summary>
public sealed class ConfigurationProofs(IOneShots oneShots, ClusterMemory memory)
{
    /// <summary>EX_DATAERR: what prove.sh ends with when the server refused.</summary>
    private const int Refused = 65;

    private const string OfCluster = "";

    private readonly Notes<Proof> proofs = memory.Part<Proof>();
    private readonly Notes<SemaphoreSlim> turns = memory.Part<SemaphoreSlim>();

    /// <summary>What is known to be refused of this spec; empty where it is right, or was not tried.</summary>
    public IReadOnlyList<FieldRefusal> Of(ClusterKey cluster, ClusterSpec spec, ImageFacts image) =>
        proofs.TryGet(cluster, OfCluster, out var proof) && proof.Of == Identity(spec, image) ? proof.Refusals : [];

    /// <summary>Returns when a server came up with the configuration.</summary>
    /// <exception cref="TargetException">It did not; the message names the fields.</exception>
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
                Timeout = TimeSpan.FromMinutes(2),
            },
            ct);
        return result.ExitCode switch
        {
            0 => [],
            Refused => ConfigurationRefusal.Read(result.Output, spec.Postgres.Parameters, spec.Postgres.Hba),
            var code => throw new TargetException($"the configuration could not be tried (exit code {code}): {result.LastLines}"),
        };
    }

    /// <summary>What the user wrote and what reads it; certificates and addresses are ours.</summary>
    private static string Identity(ClusterSpec spec, ImageFacts image)
    {
        var parameters = spec.Postgres.Parameters.OrderBy(one => one.Key, StringComparer.Ordinal)
            .SelectMany(one => new[] { one.Key, one.Value });
        var written = string.Join('\0', [image.Id, .. parameters, "", .. spec.Postgres.Hba]);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(written)));
    }

    private sealed record Proof(string Of, IReadOnlyList<FieldRefusal> Refusals);
}
