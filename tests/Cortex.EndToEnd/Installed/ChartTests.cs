using Cortex.Core.Naming;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.Installed;

/// <summary>Installed by its chart, for every namespace.</summary>
[Trait("Tier", "kubernetes"), Trait("Round", "Charted")]
[Collection<OnKubernetes>]
public sealed class ChartTests(ChartedOperator installed) : IClassFixture<ChartedOperator>
{
    private const string Everything = "deployments,pods,services,serviceaccounts,roles,rolebindings,networkpolicies,poddisruptionbudgets";

    /// <summary>As the notes of the chart promise.</summary>
    [Fact(DisableParallelization = true)]
    public async Task A_release_makes_a_cluster_and_leaves_it_in_place_when_it_is_uninstalled()
    {
        await Eventually.HoldsAsync("the webhook refuses what is bad", IsRefusedAsync, installed.StoryAsync);
        await installed.ApplyAsync("charted", "instances: 2");
        await installed.ReadyAsync("charted");
        var pods = await installed.PodsAsync("charted");

        await installed.UninstallAsync();

        Assert.Equal("", await installed.Kubectl.TextAsync("-n", installed.Home, "get", Everything, "-l", "app.kubernetes.io/name=cortex-operator", "-o", "name"));
        Assert.Equal("", await installed.Kubectl.TextAsync("get", "clusterroles,clusterrolebindings,validatingwebhookconfigurations", "-l", "app.kubernetes.io/name=cortex-operator", "-o", "name"));
        Assert.Equal(pods, await installed.PodsAsync("charted"));
        Assert.Equal("1", await installed.Kubectl.TextAsync(
            "-n", installed.Shop, "exec", "charted-pr", "-c", "postgres", "--", "psql", "-XAtqc", "select 1", "-h", Paths.Server.Sockets, "-U", "postgres", "-d", "app"));

        await installed.InstallAsync();

        await installed.PatchAsync("charted", """{"spec":{"postgres":{"parameters":{"work_mem":"9MB"}}}}""");
        await installed.ReadyAsync("charted");
        Assert.Equal(pods, await installed.PodsAsync("charted"));
        await installed.DeleteAsync("charted");

        async Task<bool> IsRefusedAsync()
        {
            var tried = await installed.TryApplyAsync("bad", "postgres: {parameters: {listen_addresses: nowhere}}");
            if (tried.Succeeded)
            {
                // The API servers do not know the webhook's certificate yet; what is stored already would be granted unread.
                await installed.DeleteAsync("bad");
            }

            return tried.Errors.Contains("spec.postgres.parameters", StringComparison.Ordinal);
        }
    }

    [Fact(DisableParallelization = true)]
    public async Task Another_number_of_replicas_is_an_upgrade()
    {
        var upgraded = await installed.HelmAsync("upgrade", ChartedOperator.Release, Repository.Path("charts/cortex-operator"), "--set", "replicas=1", "--wait", "--timeout", "240s");

        Assert.True(upgraded.Succeeded, upgraded.Succeeded ? "" : $"{upgraded.Said}\n{await installed.StoryAsync()}");
        Assert.Equal("1", await installed.Kubectl.TextAsync("-n", installed.Home, "get", Installation.Deployment, "-o", "jsonpath={.status.readyReplicas}"));
    }
}
