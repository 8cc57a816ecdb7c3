using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnABorrowedPair;

/// <summary>The certificate authority is gone and no process remembers it. The one that takes its place locks everybody out, the operator too, until the servers have loaded what it issued.</summary>
public sealed class NewAuthorityTests(Stage stage) : BorrowedPair(stage)
{
    private const string Started = "select pg_postmaster_start_time()";

    [Fact, Trait("Story", "EveryTarget")]
    public async Task A_new_authority_is_loaded_without_a_restart_and_everybody_comes_in_again()
    {
        var (secret, before) = ($"{Cluster.Name}-ca", Access);
        var old = before.Write("old.crt", await File.ReadAllTextAsync(before.Authority, TestContext.Current.CancellationToken));
        var started = await StartsAsync(before);
        Operator.Kill();
        await Operator.GoneAsync();
        await Cluster.Place.RemoveSecretAsync(secret);
        await Operator.StartAgainAsync();

        await Eventually.HoldsAsync(
            "both servers are verified by the new authority",
            async () => (await Cluster.Place.SecretsAsync(Cluster.Name)).GetValueOrDefault(secret) is { } authority && authority != before.Secrets[secret] && await LetInAsync(await Cluster.RenewAccessAsync()),
            Cluster.StoryAsync);
        var after = await Cluster.AccessAsync();
        Assert.Equal(started, await StartsAsync(after));
        Assert.Contains("certificate verify failed", (await Psql.RunAsync(after.DsnOf(Cluster.Primary, $"sslrootcert={old}"), "select 1")).Errors, StringComparison.Ordinal);
        await Cluster.UntilAsync("what was issued is in force", now => Cluster.Is(now.Status, ConditionTypes.Secure, "True") && Cluster.Is(now.Status, ConditionTypes.Ready, "True"));
        Assert.Equal(Cluster.Primary, (await Cluster.RestsAsync()).Primary);
    }

    private async Task<bool> LetInAsync(Access access) =>
        (await Psql.RunAsync(access.DsnOf(Cluster.Primary), "select 1")).Succeeded && (await Psql.RunAsync(access.DsnOf(Cluster.Standby), "select 1")).Succeeded;

    private async Task<(string, string)> StartsAsync(Access access) =>
        (await Psql.TextAsync(access.DsnOf(Cluster.Primary), Started), await Psql.TextAsync(access.DsnOf(Cluster.Standby), Started));
}
