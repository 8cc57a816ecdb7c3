using Cortex.Core.Naming;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.Installed;

/// <summary>An installation by the chart, for every namespace.</summary>
[Trait("Tier", "kubernetes"), Trait("Round", "Charted")]
[Collection<OnKubernetes>]
public sealed class ChartTests(ChartedOperator installed) : IClassFixture<ChartedOperator>
{
    private const string Everything = "deployments,pods,services,serviceaccounts,roles,rolebindings,networkpolicies,poddisruptionbudgets";

    /// <summary>The notes of the chart promise this.</summary>
    [Fact(DisableParallelization = true)]
    public async Task A_cluster_keeps_running_when_the_release_is_uninstalled()
    {
        await Eventually.HoldsAsync("the webhook refuses an invalid resource", IsRefusedAsync, installed.DescribeAsync);
        await installed.ApplyAsync("charted", "instances: 2");
        await installed.ReadyAsync("charted");
        var pods = await installed.PodsAsync("charted");

        await installed.UninstallAsync();

        Assert.Equal(
            "",
            await installed.Kubectl.TextAsync(
                "-n", installed.Home, "get", Everything, "-l", "app.kubernetes.io/name=cortex-operator", "-o", "name"));
        Assert.Equal(
            "",
            await installed.Kubectl.TextAsync(
                "get", "clusterroles,clusterrolebindings,validatingwebhookconfigurations", "-l", "app.kubernetes.io/name=cortex-operator",
                "-o", "name"));
        Assert.Equal(pods, await installed.PodsAsync("charted"));
        Assert.Equal("1", await installed.Kubectl.TextAsync(
            "-n", installed.Shop, "exec", "charted-pr", "-c", "postgres", "--", "psql", "-XAtqc", "select 1", "-h", Paths.Server.Sockets,
            "-U", "postgres", "-d", "app"));

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
                // The API servers do not trust the webhook's certificate yet. An unchanged stored resource would be allowed without a
                // check.
                await installed.DeleteAsync("bad");
            }

            return tried.Errors.Contains("spec.postgres.parameters", StringComparison.Ordinal);
        }
    }

    [Fact(DisableParallelization = true)]
    public async Task An_upgrade_changes_the_number_of_replicas()
    {
        var upgraded = await installed.HelmAsync(
            "upgrade",
            ChartedOperator.Release,
            Repository.Path("charts/cortex-operator"),
            "--set",
            "replicas=1",
            "--wait",
            "--timeout",
            "240s");

        Assert.True(upgraded.Succeeded, upgraded.Succeeded ? "" : $"{upgraded.Said}\n{await installed.DescribeAsync()}");
        Assert.Equal(
            "1",
            await installed.Kubectl.TextAsync(
                "-n", installed.Home, "get", Installation.Deployment, "-o", "jsonpath={.status.readyReplicas}"));
    }
}
