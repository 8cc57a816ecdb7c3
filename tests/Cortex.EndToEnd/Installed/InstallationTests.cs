using System.Text.Json.Nodes;
using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.Installed;

/// <summary>
/// Installed by its manifests on a real Kubernetes: two replicas, a webhook, no more rights than it needs, and what goes wrong in a cluster. Here are the tests that make
/// a cluster of their own or need the operator to themselves; those on a pair that they share are in InstallationTests.Pair.cs.
/// </summary>
[Trait("Tier", "kubernetes"), Trait("Round", "Everywhere")]
[Collection<OnKubernetes>]
public sealed partial class InstallationTests(InstalledOperator installed) : IClassFixture<InstalledOperator>
{
    private Kubectl Kubectl => installed.Kubectl;

    private InstalledPair Pair => installed.Pair;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Alone: the operator is away for a while.</summary>
    [Fact(DisableParallelization = true)]
    public async Task A_bad_resource_is_refused_when_it_is_applied_and_without_an_operator_nobody_is_locked_out()
    {
        await Eventually.HoldsAsync(
            "the webhook refuses it, and says why",
            async () => (await installed.TryApplyAsync("bad", "postgres: {parameters: {listen_addresses: nowhere}}")) is { Succeeded: false } refused
                && refused.Errors.Contains("spec.postgres.parameters", StringComparison.Ordinal),
            installed.StoryAsync);

        (await Kubectl.RunAsync("-n", installed.Home, "scale", Installation.Deployment, "--replicas=0")).Text();
        (await Kubectl.RunAsync("-n", installed.Home, "wait", "--for=delete", "pod", "-l", "app.kubernetes.io/name=cortex-operator", "--timeout=240s")).Text();
        await installed.ApplyAsync("bad", "postgres: {parameters: {listen_addresses: nowhere}}");
        (await Kubectl.RunAsync("-n", installed.Home, "scale", Installation.Deployment, "--replicas=2")).Text();

        await installed.UntilAsync("bad", "the same rule holds in the operator", now =>
            Cluster.Condition(now.Status, ConditionTypes.Ready) is { Status: "False" } not && not.Message.Contains("listen_addresses", StringComparison.Ordinal));
        await installed.DeleteAsync("bad");
        (await Kubectl.RunAsync("-n", installed.Home, "rollout", "status", Installation.Deployment, "--timeout=240s")).Text();
    }

    [Theory]
    [InlineData("no-claim", "instances: 1, storage: {className: nowhere}", Machine.Image, "nowhere")]
    [InlineData("no-image", "instances: 1", "localhost/no-such-image:1", "no-such-image")]
    public async Task What_the_cluster_cannot_give_is_said_in_a_condition_and_can_be_taken_away_again(string name, string spec, string image, string word)
    {
        await installed.ApplyAsync(name, spec, image);
        await installed.UntilSaidAsync(name, word);
        await installed.DeleteAsync(name);
    }

    [Fact]
    public async Task A_volume_grows_as_soon_as_its_class_allows_it_and_until_then_a_condition_says_why_not()
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
            await installed.UntilSaidAsync("grows", "grows-pr-data stay at 1Gi, not 2Gi: ", ConditionTypes.Progressing);
            await installed.ReadyAsync("grows");
            (await Kubectl.RunAsync("patch", "storageclass", "rigid", "-p", """{"allowVolumeExpansion":true}""")).Text();

            await installed.UntilAsync("grows", "nothing is left to do", now => Cluster.Is(now.Status, ConditionTypes.Progressing, "False"));
            Assert.Equal("2Gi", await Kubectl.TextAsync("-n", installed.Shop, "get", "pvc", "grows-pr-data", "-o", "jsonpath={.spec.resources.requests.storage}"));
            Assert.Equal(pods, await installed.PodsAsync("grows"));
            await installed.DeleteAsync("grows");
        }
        finally
        {
            await Kubectl.RunAsync("delete", "storageclass", "rigid");
        }
    }
}
