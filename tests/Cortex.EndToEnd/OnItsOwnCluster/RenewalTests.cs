using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>Certificates that live for minutes.</summary>
public sealed class RenewalTests(Stage stage) : OwnCluster(stage)
{
    private const string Started = "select pg_postmaster_start_time()";

    [Fact, Trait("Story", "EveryTargetInDeep")]
    public async Task Certificates_near_their_end_are_renewed_without_a_restart()
    {
        await using var cluster = await Operator.CreateAsync("tls: {certificateLifetime: 2m, renewBefore: 1m54s}");
        var access = await cluster.AccessAsync();
        var (before, serial) = (await Psql.TextAsync(access.Dsn, Started), await ServerCertificate.SerialAsync(cluster));
        await Eventually.HoldsAsync("the server shows another certificate", async () => await ServerCertificate.SerialAsync(cluster) != serial, cluster.StoryAsync);
        Assert.Equal(before, await Psql.TextAsync(access.Dsn, Started));
        // The next renewal is never far, and while one is under way it is not in force yet.
        await cluster.UntilAsync("what was issued is in force", now => Cluster.Is(now.Status, ConditionTypes.Secure, "True"));
    }
}
