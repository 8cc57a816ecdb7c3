using System.Diagnostics;
using System.Text.Json.Nodes;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd;

/// <summary>Installed by its manifests on a real Kubernetes: two replicas, a webhook, no more rights than it needs, and what goes wrong in a cluster.</summary>
[Trait("Tier", "kubernetes")]
public sealed class InstallationTests(InstalledOperator installed) : IClassFixture<InstalledOperator>
{
    private Kubectl Kubectl => installed.Kubectl;

    [Fact]
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
            Installation.Condition(now, "Ready") is ("False", { } why) && why.Contains("listen_addresses", StringComparison.Ordinal));
        (await Kubectl.RunAsync("-n", installed.Shop, "delete", "cortexcluster", "bad", "--timeout=240s")).Text();
    }

    [Fact]
    public async Task Another_replica_takes_over_without_touching_a_database_and_promotes()
    {
        await installed.ApplyAsync("shop1", "instances: 2");
        await installed.ReadyAsync("shop1");
        var pods = await PodsAsync("shop1");
        var leader = await installed.LeaderAsync();
        Assert.NotEmpty(leader);

        var watch = Stopwatch.StartNew();
        (await Kubectl.RunAsync("-n", installed.Home, "delete", "pod", leader[..leader.LastIndexOf('-')], "--grace-period=0", "--force")).Text();
        await Eventually.HoldsAsync("another holds the lease", async () => await installed.LeaderAsync() is { Length: > 0 } now && now != leader, installed.StoryAsync);
        TestContext.Current.SendDiagnosticMessage($"taken over after {watch.Elapsed.TotalSeconds:0.0} s");
        await installed.PatchAsync("shop1", """{"spec":{"postgres":{"parameters":{"work_mem":"9MB"}}}}""");
        await installed.ReadyAsync("shop1");

        Assert.Equal(pods, await PodsAsync("shop1"));
        await installed.PatchAsync("shop1", """{"spec":{"promote":"shop1-s1"}}""");
        var promoted = await installed.UntilAsync("shop1", "the standby is promoted", now => (string?)now["status"]?["primary"] == "shop1-s1");
        Assert.Equal(0, (long?)promoted["status"]!["lastPromotion"]!["lostBytes"]);
        await installed.ReadyAsync("shop1");
    }

    /// <summary>The pod of docs/kubernetes.md, as it stands there.</summary>
    [Fact]
    public async Task The_client_of_the_documentation_finds_the_database_and_writes()
    {
        await installed.ApplyAsync("cortex", "instances: 1");
        await installed.ReadyAsync("cortex");
        var page = await File.ReadAllTextAsync(Path.Combine(Machine.Root, "docs/kubernetes.md"), TestContext.Current.CancellationToken);
        var pod = page.Split("```yaml\n").Select(block => block.Split("```")[0]).Single(block => block.Contains("kind: Pod", StringComparison.Ordinal))
            .Replace("registry.example/anvil-alloydb-core:17", Machine.Image, StringComparison.Ordinal)
            .Replace("  name: client\nspec:", $"  name: client\n  namespace: {installed.Shop}\nspec:\n  terminationGracePeriodSeconds: 1", StringComparison.Ordinal)
            .Replace("    - name: client\n", "    - name: client\n      imagePullPolicy: IfNotPresent\n", StringComparison.Ordinal);
        (await Kubectl.ApplyAsync(pod)).Text();
        try
        {
            await Eventually.HoldsAsync(
                "it has ended",
                async () => await Kubectl.TextAsync("-n", installed.Shop, "get", "pod", "client", "-o", "jsonpath={.status.phase}") is "Succeeded" or "Failed",
                installed.StoryAsync);
            Assert.Equal("CREATE TABLE\nINSERT 0 1\n1", await Kubectl.TextAsync("-n", installed.Shop, "logs", "client"));
        }
        finally
        {
            await Kubectl.RunAsync("-n", installed.Shop, "delete", "pod", "client", "--wait=false");
        }
    }

    [Fact]
    public async Task What_is_deleted_or_edited_by_hand_is_mended_and_the_database_serves_on()
    {
        await installed.ApplyAsync("shop2", "instances: 1");
        await installed.ReadyAsync("shop2");
        var pods = await PodsAsync("shop2");

        (await Kubectl.RunAsync("-n", installed.Shop, "delete", "secret/shop2-app-tls", "service/shop2-ro")).Text();
        (await Kubectl.RunAsync("-n", installed.Shop, "patch", "service", "shop2-rw", "--type", "merge", "-p", """{"spec":{"selector":{"cortex.bicameral.dev/role":"nobody"}}}""")).Text();

        await Eventually.HoldsAsync(
            "the secret and both services are as they were",
            async () => (await Kubectl.RunAsync("-n", installed.Shop, "get", "secret/shop2-app-tls", "service/shop2-ro")).Succeeded
                && (await Kubectl.TextAsync("-n", installed.Shop, "get", "service", "shop2-rw", "-o", "jsonpath={.spec.selector}")).Contains("primary", StringComparison.Ordinal),
            installed.StoryAsync);
        await installed.ReadyAsync("shop2");
        Assert.Equal(pods, await PodsAsync("shop2"));
    }

    [Theory]
    [InlineData("no-claim", "instances: 1, storage: {className: nowhere}", Machine.Image, "nowhere")]
    [InlineData("no-image", "instances: 1", "localhost/no-such-image:1", "no-such-image")]
    public async Task What_the_cluster_cannot_give_is_said_in_a_condition_and_can_be_taken_away_again(string name, string spec, string image, string word)
    {
        await installed.ApplyAsync(name, spec, image);

        await installed.UntilAsync(name, $"a condition names {word}", now =>
            now["status"]?["conditions"]?.AsArray().Any(one => ((string?)one!["message"])?.Contains(word, StringComparison.Ordinal) == true) == true);

        (await Kubectl.RunAsync("-n", installed.Shop, "delete", "cortexcluster", name, "--timeout=240s")).Text();
    }

    /// <summary>Nobody can see whether its primary still writes.</summary>
    [Fact]
    public async Task A_promotion_waits_for_a_machine_that_vanished_or_for_the_users_word()
    {
        Assert.SkipUnless(Place.Node is not null, "the machines of this cluster cannot be stopped from here: CORTEX_TEST_NODE names no script");
        await installed.ApplyAsync("shop5", "instances: 2");
        await installed.ReadyAsync("shop5");
        try
        {
            (await Tool.RunAsync(Place.Node, ["stop", "kubelet"])).Text();
            // The database still answers, and the resource says so. What the control plane says of the machine, it says of its pods a moment later.
            await Eventually.HoldsAsync(
                "its machine is seen away",
                async () => await Kubectl.TextAsync("-n", installed.Shop, "get", "pod", "shop5-pr", "-o", "jsonpath={.status.conditions[?(@.type==\"Ready\")].status}") == "False",
                installed.StoryAsync);
            await installed.PatchAsync("shop5", """{"spec":{"promote":"shop5-s1"}}""");
            var held = await installed.UntilAsync("shop5", "the promotion is held back", now => Installation.Condition(now, "PromotionBlocked") is ("True", _));

            Assert.Contains("spec.kubernetes.lostInstances: [shop5-pr]", Installation.Condition(held, "PromotionBlocked")?.Message, StringComparison.Ordinal);
            Assert.Equal("shop5-pr", (string?)held["status"]!["primary"]);
        }
        finally
        {
            (await Tool.RunAsync(Place.Node, ["up"])).Text();
        }

        await installed.UntilAsync("shop5", "the standby is promoted", now => (string?)now["status"]?["primary"] == "shop5-s1");
        await installed.ReadyAsync("shop5");
    }

    [Fact]
    public async Task A_quota_that_leaves_no_room_is_said_and_more_room_is_enough()
    {
        await installed.ApplyAsync("shop3", "instances: 1");
        await installed.ReadyAsync("shop3");
        var used = (await PodsAsync("")).Count;
        (await Kubectl.ApplyAsync($$"""
            apiVersion: v1
            kind: ResourceQuota
            metadata: {name: full, namespace: {{installed.Shop}}}
            spec: {hard: {persistentvolumeclaims: "0", pods: "{{used}}"} }
            """)).Text();

        await installed.PatchAsync("shop3", """{"spec":{"instances":2}}""");
        await installed.UntilAsync("shop3", "a condition speaks of the quota", now =>
            now["status"]?["conditions"]?.AsArray().Any(one => ((string?)one!["message"])?.Contains("quota", StringComparison.Ordinal) == true) == true);
        (await Kubectl.RunAsync("-n", installed.Shop, "delete", "resourcequota", "full")).Text();

        await installed.ReadyAsync("shop3");
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
            await installed.ApplyAsync("shop6", "instances: 1, storage: {size: 1Gi, className: rigid}");
            await installed.ReadyAsync("shop6");
            var pods = await PodsAsync("shop6");

            await installed.PatchAsync("shop6", """{"spec":{"storage":{"size":"2Gi"}}}""");
            await installed.UntilAsync("shop6", "a condition says why not", now =>
                Installation.Condition(now, "Progressing") is ("True", { } why) && why.StartsWith("shop6-pr-data stay at 1Gi, not 2Gi: ", StringComparison.Ordinal));
            await installed.ReadyAsync("shop6");
            (await Kubectl.RunAsync("patch", "storageclass", "rigid", "-p", """{"allowVolumeExpansion":true}""")).Text();

            await installed.UntilAsync("shop6", "nothing is left to do", now => Installation.Condition(now, "Progressing") is ("False", _));
            Assert.Equal("2Gi", await Kubectl.TextAsync("-n", installed.Shop, "get", "pvc", "shop6-pr-data", "-o", "jsonpath={.spec.resources.requests.storage}"));
            Assert.Equal(pods, await PodsAsync("shop6"));
        }
        finally
        {
            await Kubectl.RunAsync("delete", "storageclass", "rigid");
        }
    }

    [Fact]
    public async Task Pods_of_the_namespace_reach_the_database_and_those_of_others_do_not()
    {
        await installed.ApplyAsync("shop4", "instances: 1");
        await installed.ReadyAsync("shop4");
        foreach (var space in new[] { installed.Shop, "default" })
        {
            (await Kubectl.ApplyAsync($$"""
                apiVersion: v1
                kind: Pod
                metadata: {name: visitor, namespace: {{space}}}
                spec:
                  terminationGracePeriodSeconds: 1
                  containers: [{name: visitor, image: "{{Machine.Image}}", imagePullPolicy: IfNotPresent, command: [sleep, "600"]}]
                """)).Text();
        }

        try
        {
            await Eventually.HoldsAsync("a pod of the namespace gets an answer", () => AnswersAsync(installed.Shop), installed.StoryAsync);
            (await Kubectl.RunAsync("-n", "default", "wait", "--for=condition=Ready", "pod/visitor", "--timeout=240s")).Text();
            Assert.False(await AnswersAsync("default"));
            await installed.PatchAsync("shop4", """{"spec":{"kubernetes":{"allowFrom":[{"cidr":"0.0.0.0/0"}]}}}""");
            await Eventually.HoldsAsync("and so does everybody once the spec says so", () => AnswersAsync("default"), installed.StoryAsync);
        }
        finally
        {
            await Kubectl.RunAsync("-n", installed.Shop, "delete", "pod", "visitor", "--wait=false");
            await Kubectl.RunAsync("-n", "default", "delete", "pod", "visitor", "--wait=false");
        }

        async Task<bool> AnswersAsync(string space) =>
            (await Kubectl.RunAsync("-n", space, "exec", "visitor", "--", "pg_isready", "-q", "-t", "2", "-U", "app", "-h", $"shop4-rw.{installed.Shop}")).Succeeded;
    }

    /// <summary>Every instance's pod as it is told from another of the same name: its identity and how often it was restarted. Those that do one thing come and go.</summary>
    private async Task<IReadOnlyList<string>> PodsAsync(string cluster) =>
        [.. (await Kubectl.TextAsync(
            "-n", installed.Shop, "get", "pods", "-l", "app.kubernetes.io/component=instance", "-o", "jsonpath={range .items[*]}{.metadata.name} {.metadata.uid} {.status.containerStatuses[0].restartCount}{\"\\n\"}{end}"))
            .Split('\n').Where(line => line.StartsWith(cluster, StringComparison.Ordinal) && line.Length > 0).Order()];
}
