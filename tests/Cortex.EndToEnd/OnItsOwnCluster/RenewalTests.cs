using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>Certificates with a lifetime of minutes.</summary>
public sealed class RenewalTests(SharedClusters shared) : OwnCluster(shared)
{
    private const string Started = "select pg_postmaster_start_time()";

    [Fact, Trait("Story", "EveryTargetInDeep")]
    public async Task Expiring_certificates_are_renewed_without_a_restart()
    {
        await using var cluster = await Operator.CreateAsync("tls: {certificateLifetime: 2m, renewBefore: 1m54s}");
        var access = await cluster.AccessAsync();
        var (before, serial) = (await Psql.TextAsync(access.Dsn, Started), await ServerCertificate.SerialAsync(cluster));
        await Eventually.HoldsAsync(
            "the server presents another certificate",
            async () => await ServerCertificate.SerialAsync(cluster) != serial,
            cluster.DescribeAsync);
        Assert.Equal(before, await Psql.TextAsync(access.Dsn, Started));
        // The next renewal comes soon, and during a renewal the new certificate is not loaded yet.
        await cluster.UntilAsync("the issued certificates are loaded", now => Cluster.Is(now.Status, ConditionTypes.Secure, "True"));
    }
}
