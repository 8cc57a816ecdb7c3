using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.Installed;

/// <summary>An operator without rights outside of its namespace.</summary>
[Trait("Tier", "kubernetes"), Trait("Round", "Apart")]
[Collection<OnKubernetes>]
public sealed class NamespacedTests(NamespacedOperator installed) : IClassFixture<NamespacedOperator>
{
    [Fact]
    public async Task Rights_in_one_namespace_are_enough_to_create_promote_and_delete_a_cluster()
    {
        await installed.ApplyAsync("team", "instances: 2");
        await installed.ReadyAsync("team");

        await installed.PromoteAsync("team", "team-s1");
        await installed.UntilAsync("team", "the standby is promoted", now => now.Status is { Promotion: null, Primary: "team-s1" });
        await installed.ReadyAsync("team");

        await installed.DeleteAsync("team");
        Assert.Equal(
            "",
            await installed.Kubectl.TextAsync(
                "-n", installed.Shop, "get", "pvc,secrets,services", "-l", "cortex.bicameral.dev/cluster=team", "-o", "name"));
    }
}
