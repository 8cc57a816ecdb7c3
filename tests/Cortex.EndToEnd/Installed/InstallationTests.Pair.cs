using System.Diagnostics;
using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;
using k8s;
using k8s.Models;

namespace Cortex.EndToEnd.Installed;

/// <summary>On the pair that the tests of the installation share.</summary>
public sealed partial class InstallationTests
{
    [Fact]
    public Task Another_replica_takes_over_without_touching_a_database_and_promotes() => Pair.BorrowAsync(async pair =>
    {
        var pods = await installed.PodsAsync(pair.Name);
        var leader = await installed.LeaderAsync();
        Assert.NotEmpty(leader);

        var watch = Stopwatch.StartNew();
        (await Kubectl.RunAsync("-n", installed.Home, "delete", "pod", leader[..leader.LastIndexOf('-')], "--grace-period=0", "--force")).Text();
        await Eventually.HoldsAsync("another holds the lease", async () => await installed.LeaderAsync() is { Length: > 0 } now && now != leader, installed.StoryAsync);
        TestContext.Current.SendDiagnosticMessage($"taken over after {watch.Elapsed.TotalSeconds:0.0} s");
        await installed.PatchAsync(pair.Name, """{"spec":{"postgres":{"parameters":{"work_mem":"9MB"}}}}""");
        await installed.ReadyAsync(pair.Name);

        Assert.Equal(pods, await installed.PodsAsync(pair.Name));
        await installed.PromoteAsync(pair.Name, pair.Standby);
        var promoted = await installed.UntilAsync(pair.Name, "the standby is promoted", now => now.Status is { Promotion: null } status && status.Primary == pair.Standby);
        Assert.Equal(0, promoted.LastPromotion!.LostBytes);
        await installed.ReadyAsync(pair.Name);
    });

    /// <summary>The pod of docs/kubernetes.md, as it stands there.</summary>
    [Fact]
    public Task The_client_of_the_documentation_finds_the_database_and_writes() => Pair.BorrowAsync(async pair =>
    {
        var page = await File.ReadAllTextAsync(Repository.Path("docs/kubernetes.md"), Ct);
        var pod = page.Split("```yaml\n").Select(block => block.Split("```")[0]).Single(block => block.Contains("kind: Pod", StringComparison.Ordinal))
            .Replace("registry.example/anvil-alloydb-core:17", Machine.Image, StringComparison.Ordinal)
            .Replace("  name: client\nspec:", $"  name: client\n  namespace: {installed.Shop}\nspec:\n  terminationGracePeriodSeconds: 1", StringComparison.Ordinal)
            .Replace("    - name: client\n", "    - name: client\n      imagePullPolicy: IfNotPresent\n", StringComparison.Ordinal);
        (await Kubectl.ApplyAsync(pod)).Text();
        try
        {
            await Eventually.HoldsAsync(
                "it has ended",
                async () => (await installed.Api.CoreV1.ReadNamespacedPodAsync("client", installed.Shop, cancellationToken: Ct)).Status.Phase is "Succeeded" or "Failed",
                installed.StoryAsync);
            Assert.Equal("CREATE TABLE\nINSERT 0 1\n1", await Kubectl.TextAsync("-n", installed.Shop, "logs", "client"));
        }
        finally
        {
            await Kubectl.RunAsync("-n", installed.Shop, "delete", "pod", "client", "--wait=false");
        }

        Assert.Equal("", await Pair.SqlAsync(pair.Primary, "drop table visits"));
    });

    [Fact]
    public Task What_is_deleted_or_edited_by_hand_is_mended_and_the_database_serves_on() => Pair.BorrowAsync(async pair =>
    {
        var pods = await installed.PodsAsync(pair.Name);
        var (secret, service, other) = ($"secret/{pair.Name}-app-tls", $"service/{pair.Name}-ro", $"{pair.Name}-rw");

        (await Kubectl.RunAsync("-n", installed.Shop, "delete", secret, service)).Text();
        (await Kubectl.RunAsync("-n", installed.Shop, "patch", "service", other, "--type", "merge", "-p", """{"spec":{"selector":{"cortex.bicameral.dev/role":"nobody"}}}""")).Text();

        await Eventually.HoldsAsync(
            "the secret and both services are as they were",
            async () => (await Kubectl.RunAsync("-n", installed.Shop, "get", secret, service)).Succeeded
                && (await Kubectl.TextAsync("-n", installed.Shop, "get", "service", other, "-o", "jsonpath={.spec.selector}")).Contains("primary", StringComparison.Ordinal),
            installed.StoryAsync);
        await installed.ReadyAsync(pair.Name);
        Assert.Equal(pods, await installed.PodsAsync(pair.Name));
    });

    /// <summary>The quota says how many pods of the namespace there may be, so no other test may start or end one meanwhile.</summary>
    [Fact(DisableParallelization = true)]
    public Task A_quota_that_leaves_no_room_is_said_and_more_room_is_enough() => Pair.BorrowAsync(async pair =>
    {
        var used = (await installed.Api.CoreV1.ListNamespacedPodAsync(installed.Shop, cancellationToken: Ct)).Items.Count;
        (await Kubectl.ApplyAsync($$"""
            apiVersion: v1
            kind: ResourceQuota
            metadata: {name: full, namespace: {{installed.Shop}}}
            spec: {hard: {persistentvolumeclaims: "0", pods: "{{used}}"} }
            """)).Text();
        try
        {
            await installed.PatchAsync(pair.Name, """{"spec":{"instances":3}}""");
            await installed.UntilSaidAsync(pair.Name, "quota");
            await Eventually.HoldsAsync(
                "what fails again is counted in its event",
                async () => (await EventsAsync(pair.Name)).Any(one => one.Count > 1 && one.Message.Contains("quota", StringComparison.Ordinal)),
                installed.StoryAsync);
        }
        finally
        {
            (await Kubectl.RunAsync("-n", installed.Shop, "delete", "resourcequota", "full")).Text();
        }

        Assert.Equal("3/3", (await installed.ReadyAsync(pair.Name)).Ready);
    });

    [Fact]
    public Task Pods_of_the_namespace_reach_the_database_and_those_of_others_do_not() => Pair.BorrowAsync(async pair =>
    {
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
            await installed.PatchAsync(pair.Name, """{"spec":{"kubernetes":{"allowFrom":[{"cidr":"0.0.0.0/0"}]}}}""");
            await Eventually.HoldsAsync("and so does everybody once the spec says so", () => AnswersAsync("default"), installed.StoryAsync);
        }
        finally
        {
            await Kubectl.RunAsync("-n", installed.Shop, "delete", "pod", "visitor", "--wait=false");
            await Kubectl.RunAsync("-n", "default", "delete", "pod", "visitor", "--wait=false");
        }

        async Task<bool> AnswersAsync(string space) =>
            (await Kubectl.RunAsync("-n", space, "exec", "visitor", "--", "pg_isready", "-q", "-t", "2", "-U", "app", "-h", $"{pair.Name}-rw.{installed.Shop}")).Succeeded;
    });

    /// <summary>Alone, since every pod is on that machine. Nobody can see whether its primary still writes.</summary>
    [Fact(DisableParallelization = true)]
    public Task A_promotion_waits_for_a_machine_that_vanished_or_for_the_users_word()
    {
        Assert.SkipUnless(Place.Node is not null, "the machines of this cluster cannot be stopped from here: CORTEX_TEST_NODE names no script");
        return Pair.BorrowAsync(HeldBackAsync);
    }

    private async Task<IList<Corev1Event>> EventsAsync(string cluster) =>
        (await installed.Api.CoreV1.ListNamespacedEventAsync(installed.Shop, fieldSelector: $"involvedObject.name={cluster}", cancellationToken: Ct)).Items;

    private async Task HeldBackAsync(InstalledRoles pair)
    {
        try
        {
            (await Tool.RunAsync(Place.Node!, ["stop", "kubelet"])).Text();
            // The database still answers, and the resource says so. What the control plane says of the machine, it says of its pods a moment later.
            await Eventually.HoldsAsync(
                "its machine is seen away",
                async () => (await installed.Api.CoreV1.ReadNamespacedPodAsync(pair.Primary, installed.Shop, cancellationToken: Ct)).Status.Conditions.Any(one => one is { Type: "Ready", Status: "False" }),
                installed.StoryAsync);
            await installed.PromoteAsync(pair.Name, pair.Standby);
            var held = await installed.UntilAsync(pair.Name, "the promotion is held back", now => Cluster.Is(now.Status, ConditionTypes.PromotionBlocked, "True"));

            Assert.Contains($"spec.kubernetes.lostInstances: [{pair.Primary}]", Cluster.Condition(held, ConditionTypes.PromotionBlocked)!.Message, StringComparison.Ordinal);
            Assert.Equal(pair.Primary, held.Primary);
        }
        finally
        {
            (await Tool.RunAsync(Place.Node!, ["up"])).Text();
        }

        await installed.UntilAsync(pair.Name, "the standby is promoted", now => now.Status is { Promotion: null } status && status.Primary == pair.Standby);
        await installed.ReadyAsync(pair.Name);
    }
}
