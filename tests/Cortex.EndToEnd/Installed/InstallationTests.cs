using System.Text.Json.Nodes;
using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.Installed;

/// <summary>
/// An installation by the manifests on a real Kubernetes cluster: two replicas, a webhook, the least rights, and faults of the Kubernetes
/// cluster. The tests in this file create their own clusters or need the operator alone; tests on the shared pair are in
/// InstallationTests.Pair.cs.
/// </summary>
[Trait("Tier", "kubernetes"), Trait("Round", "Everywhere")]
[Collection<OnKubernetes>]
public sealed partial class InstallationTests(InstalledOperator installed) : IClassFixture<InstalledOperator>
{
    private Kubectl Kubectl => installed.Kubectl;

    private InstalledPair Pair => installed.Pair;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Runs alone, because the operator is stopped for a while.</summary>
    [Fact(DisableParallelization = true)]
    public async Task An_invalid_resource_is_refused_by_the_webhook_and_accepted_without_an_operator()
    {
        await Eventually.HoldsAsync(
            "the webhook refuses it with the reason",
            async () =>
                (await installed.TryApplyAsync(
                    "bad", "postgres: {parameters: {listen_addresses: nowhere}}")) is { Succeeded: false } refused
                && refused.Errors.Contains("spec.postgres.parameters", StringComparison.Ordinal),
            installed.DescribeAsync);

        (await Kubectl.RunAsync("-n", installed.Home, "scale", Installation.Deployment, "--replicas=0")).Text();
        (await Kubectl.RunAsync(
            "-n", installed.Home, "wait", "--for=delete", "pod", "-l", "app.kubernetes.io/name=cortex-operator", "--timeout=240s")).Text();
        await installed.ApplyAsync("bad", "postgres: {parameters: {listen_addresses: nowhere}}");
        (await Kubectl.RunAsync("-n", installed.Home, "scale", Installation.Deployment, "--replicas=2")).Text();

        await installed.UntilAsync("bad", "the operator applies the same rule", now =>
            Cluster.Condition(now.Status, ConditionTypes.Ready) is { Status: "False" } ready && ready.Message.Contains(
                "listen_addresses", StringComparison.Ordinal));
        await installed.DeleteAsync("bad");
        (await Kubectl.RunAsync("-n", installed.Home, "rollout", "status", Installation.Deployment, "--timeout=240s")).Text();
    }

    [Theory]
    [InlineData("no-claim", "instances: 1, storage: {className: nowhere}", Machine.Image, "nowhere")]
    [InlineData("no-image", "instances: 1", "localhost/no-such-image:1", "no-such-image")]
    public async Task A_resource_that_Kubernetes_cannot_provide_is_reported_in_a_condition_and_can_be_deleted(
        string name, string spec, string image, string word)
    {
        await installed.ApplyAsync(name, spec, image);
        await installed.UntilConditionContainsAsync(name, word);
        await installed.DeleteAsync(name);
    }

    [Fact]
    public async Task A_volume_grows_when_its_class_allows_it_and_until_then_a_condition_gives_the_reason()
    {
        var rigid = JsonNode.Parse(await Kubectl.TextAsync("get", "storageclass", "-o", "json"))!["items"]![0]!.AsObject();
        rigid["metadata"] = new JsonObject { ["name"] = "rigid" };
        rigid["allowVolumeExpansion"] = false;
        (await Kubectl.ApplyAsync(rigid.ToJsonString())).Text();
        try
        {
            await installed.ApplyAsync("grows", "instances: 1, storage: {size: 1Gi, className: rigid}");
            await installed.ReadyAsync("grows");
            var pods = await installed.PodsAsync("grows");

            await installed.PatchAsync("grows", """{"spec":{"storage":{"size":"2Gi"}}}""");
            await installed.UntilConditionContainsAsync("grows", "grows-pr-data stay at 1Gi, not 2Gi: ", ConditionTypes.Progressing);
            await installed.ReadyAsync("grows");
            (await Kubectl.RunAsync("patch", "storageclass", "rigid", "-p", """{"allowVolumeExpansion":true}""")).Text();

            await installed.UntilAsync(
                "grows", "nothing is left to do", now => Cluster.Is(now.Status, ConditionTypes.Progressing, "False"));
            Assert.Equal(
                "2Gi",
                await Kubectl.TextAsync(
                    "-n", installed.Shop, "get", "pvc", "grows-pr-data", "-o", "jsonpath={.spec.resources.requests.storage}"));
            Assert.Equal(pods, await installed.PodsAsync("grows"));
            await installed.DeleteAsync("grows");
        }
        finally
        {
            await Kubectl.RunAsync("delete", "storageclass", "rigid");
        }
    }
}
