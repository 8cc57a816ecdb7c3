using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnABorrowedPair;

/// <summary>
/// The secret of the certificate authority is removed, and no process has it in memory. Its successor is not trusted by any server, and the
/// operator cannot connect, until the servers have loaded the new certificates.
/// </summary>
public sealed class NewAuthorityTests(SharedClusters shared) : BorrowedPair(shared)
{
    private const string Started = "select pg_postmaster_start_time()";

    [Fact, Trait("Story", "EveryTarget")]
    public async Task A_new_certificate_authority_is_loaded_without_a_restart()
    {
        var (secret, before) = ($"{Cluster.Name}-ca", Access);
        var old = before.Write("old.crt", await File.ReadAllTextAsync(before.Authority, TestContext.Current.CancellationToken));
        var started = await StartsAsync(before);
        Operator.Kill();
        await Operator.WaitForExitAsync();
        await Cluster.Target.RemoveSecretAsync(secret);
        await Operator.StartAgainAsync();

        await Eventually.HoldsAsync(
            "both servers are verified by the new authority",
            async () =>
                (await Cluster.Target.SecretsAsync(Cluster.Name)).GetValueOrDefault(secret) is { } authority
                    && authority != before.Secrets[secret]
                    && await CanConnectAsync(await Cluster.RenewAccessAsync()),
            Cluster.DescribeAsync);
        var after = await Cluster.AccessAsync();
        Assert.Equal(started, await StartsAsync(after));
        Assert.Contains(
            "certificate verify failed",
            (await Psql.RunAsync(after.DsnOf(Cluster.Primary, $"sslrootcert={old}"), "select 1")).Errors,
            StringComparison.Ordinal);
        await Cluster.UntilAsync(
            "the new certificates are loaded",
            now => Cluster.Is(now.Status, ConditionTypes.Secure, "True") && Cluster.Is(now.Status, ConditionTypes.Ready, "True"));
        Assert.Equal(Cluster.Primary, (await Cluster.SteadyAsync()).Primary);
    }

    private async Task<bool> CanConnectAsync(Access access) =>
        (await Psql.RunAsync(access.DsnOf(Cluster.Primary), "select 1")).Succeeded
            && (await Psql.RunAsync(access.DsnOf(Cluster.Standby), "select 1")).Succeeded;

    private async Task<(string, string)> StartsAsync(Access access) =>
        (await Psql.TextAsync(access.DsnOf(Cluster.Primary), Started), await Psql.TextAsync(access.DsnOf(Cluster.Standby), Started));
}
