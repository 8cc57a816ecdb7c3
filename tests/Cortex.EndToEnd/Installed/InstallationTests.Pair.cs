using System.Diagnostics;
using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;
using k8s;
using k8s.Models;

namespace Cortex.EndToEnd.Installed;

/// <summary>Tests on the shared pair.</summary>
public sealed partial class InstallationTests
{
    [Fact]
    public Task Another_replica_takes_over_without_restarting_a_database_and_promotes() => Pair.BorrowAsync(async pair =>
    {
        var pods = await installed.PodsAsync(pair.Name);
        var leader = await installed.LeaderAsync();
        Assert.NotEmpty(leader);

        var watch = Stopwatch.StartNew();
        (await Kubectl.RunAsync(
            "-n", installed.Home, "delete", "pod", leader[..leader.LastIndexOf('-')], "--grace-period=0", "--force")).Text();
        await Eventually.HoldsAsync(
            "another replica holds the lease",
            async () => await installed.LeaderAsync() is { Length: > 0 } now && now != leader,
            installed.DescribeAsync);
        TestContext.Current.SendDiagnosticMessage($"taken over after {watch.Elapsed.TotalSeconds:0.0} s");
        await installed.PatchAsync(pair.Name, """{"spec":{"postgres":{"parameters":{"work_mem":"9MB"}}}}""");
        await installed.ReadyAsync(pair.Name);

        Assert.Equal(pods, await installed.PodsAsync(pair.Name));
        await installed.PromoteAsync(pair.Name, pair.Standby);
        var promoted = await installed.UntilAsync(
            pair.Name, "the standby is promoted", now => now.Status is { Promotion: null } status && status.Primary == pair.Standby);
        Assert.Equal(0, promoted.LastPromotion!.LostBytes);
        await installed.ReadyAsync(pair.Name);
    });

    /// <summary>The pod of docs/kubernetes.md, unchanged.</summary>
    [Fact]
    public Task The_client_pod_of_the_documentation_connects_and_writes() => Pair.BorrowAsync(async pair =>
    {
        var page = await File.ReadAllTextAsync(Repository.Path("docs/kubernetes.md"), Ct);
        var pod = page.Split("```yaml\n").Select(block => block.Split("```")[0])
            .Single(block => block.Contains("kind: Pod", StringComparison.Ordinal))
            .Replace("registry.example/anvil-alloydb-core:17", Machine.Image, StringComparison.Ordinal)
            .Replace(
                "  name: client\nspec:",
                $"  name: client\n  namespace: {installed.Shop}\nspec:\n  terminationGracePeriodSeconds: 1",
                StringComparison.Ordinal)
            .Replace("    - name: client\n", "    - name: client\n      imagePullPolicy: IfNotPresent\n", StringComparison.Ordinal);
        (await Kubectl.ApplyAsync(pod)).Text();
        try
        {
            await Eventually.HoldsAsync(
                "it has ended",
                async () =>
                    (await installed.Api.CoreV1.ReadNamespacedPodAsync(
                        "client", installed.Shop, cancellationToken: Ct)).Status.Phase is "Succeeded" or "Failed",
                installed.DescribeAsync);
            Assert.Equal("CREATE TABLE\nINSERT 0 1\n1", await Kubectl.TextAsync("-n", installed.Shop, "logs", "client"));
        }
        finally
        {
            await Kubectl.RunAsync("-n", installed.Shop, "delete", "pod", "client", "--wait=false");
        }

        Assert.Equal("", await Pair.SqlAsync(pair.Primary, "drop table visits"));
    });

    [Fact]
    public Task Objects_that_are_deleted_or_edited_by_hand_are_restored_without_restarting_a_database() => Pair.BorrowAsync(async pair =>
    {
        var pods = await installed.PodsAsync(pair.Name);
        var (secret, service, other) = ($"secret/{pair.Name}-app-tls", $"service/{pair.Name}-ro", $"{pair.Name}-rw");

        (await Kubectl.RunAsync("-n", installed.Shop, "delete", secret, service)).Text();
        (await Kubectl.RunAsync(
            "-n", installed.Shop, "patch", "service", other, "--type", "merge", "-p",
            """{"spec":{"selector":{"cortex.bicameral.dev/role":"none"}}}""")).Text();

        await Eventually.HoldsAsync(
            "the secret and both services are as they were",
            async () => (await Kubectl.RunAsync("-n", installed.Shop, "get", secret, service)).Succeeded
                && (await Kubectl.TextAsync(
                    "-n", installed.Shop, "get", "service", other, "-o",
                    "jsonpath={.spec.selector}")).Contains("primary", StringComparison.Ordinal),
            installed.DescribeAsync);
        await installed.ReadyAsync(pair.Name);
        Assert.Equal(pods, await installed.PodsAsync(pair.Name));
    });

    /// <summary>The quota limits the number of pods in the namespace, so no other test may start or end a pod meanwhile.</summary>
    [Fact(DisableParallelization = true)]
    public Task An_exhausted_quota_is_reported_and_a_larger_quota_is_enough() => Pair.BorrowAsync(async pair =>
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
            await installed.UntilConditionContainsAsync(pair.Name, "quota");
            await Eventually.HoldsAsync(
                "the event counts the repeated failures",
                async () =>
                    (await EventsAsync(pair.Name)).Any(
                        entry => entry.Count > 1 && entry.Message.Contains("quota", StringComparison.Ordinal)),
                installed.DescribeAsync);
        }
        finally
        {
            (await Kubectl.RunAsync("-n", installed.Shop, "delete", "resourcequota", "full")).Text();
        }

        Assert.Equal("3/3", (await installed.ReadyAsync(pair.Name)).Ready);
    });

    [Fact]
    public Task Only_pods_of_the_namespace_reach_the_database() => Pair.BorrowAsync(async pair =>
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
            await Eventually.HoldsAsync(
                "a pod of the namespace gets an answer", () => AnswersAsync(installed.Shop), installed.DescribeAsync);
            (await Kubectl.RunAsync("-n", "default", "wait", "--for=condition=Ready", "pod/visitor", "--timeout=240s")).Text();
            Assert.False(await AnswersAsync("default"));
            await installed.PatchAsync(pair.Name, """{"spec":{"kubernetes":{"allowFrom":[{"cidr":"0.0.0.0/0"}]}}}""");
            await Eventually.HoldsAsync(
                "a pod of another namespace gets an answer when the spec allows it",
                () => AnswersAsync("default"),
                installed.DescribeAsync);
        }
        finally
        {
            await Kubectl.RunAsync("-n", installed.Shop, "delete", "pod", "visitor", "--wait=false");
            await Kubectl.RunAsync("-n", "default", "delete", "pod", "visitor", "--wait=false");
        }

        async Task<bool> AnswersAsync(string space) =>
            (await Kubectl.RunAsync(
                "-n", space, "exec", "visitor", "--", "pg_isready", "-q", "-t", "2", "-U", "app", "-h",
                $"{pair.Name}-rw.{installed.Shop}")).Succeeded;
    });

    /// <summary>
    /// Runs alone, because every pod may be on that node. Nothing can show whether the primary on a lost node still accepts writes.
    /// </summary>
    [Fact(DisableParallelization = true)]
    public Task A_promotion_waits_for_a_lost_node_or_for_spec_kubernetes_lostInstances()
    {
        Assert.SkipUnless(
            TestTarget.NodeScript is not null, "the nodes of this Kubernetes cluster cannot be stopped: CORTEX_TEST_NODE names no script");
        return Pair.BorrowAsync(AssertBlockedWhileNodeIsLostAsync);
    }

    private async Task<IList<Corev1Event>> EventsAsync(string cluster) =>
        (await installed.Api.CoreV1.ListNamespacedEventAsync(
            installed.Shop, fieldSelector: $"involvedObject.name={cluster}", cancellationToken: Ct)).Items;

    private async Task AssertBlockedWhileNodeIsLostAsync(InstalledRoles pair)
    {
        try
        {
            (await Tool.RunAsync(TestTarget.NodeScript!, ["stop", "kubelet"])).Text();
            // The database still answers, and the status shows that. The control plane reports the node first, and its pods a moment later.
            await Eventually.HoldsAsync(
                "its node is reported as lost",
                async () =>
                    (await installed.Api.CoreV1.ReadNamespacedPodAsync(
                        pair.Primary,
                        installed.Shop,
                        cancellationToken: Ct)).Status.Conditions.Any(condition => condition is { Type: "Ready", Status: "False" }),
                installed.DescribeAsync);
            await installed.PromoteAsync(pair.Name, pair.Standby);
            var blocked = await installed.UntilAsync(
                pair.Name, "the promotion is blocked", now => Cluster.Is(now.Status, ConditionTypes.PromotionBlocked, "True"));

            Assert.Contains(
                $"spec.kubernetes.lostInstances: [{pair.Primary}]",
                Cluster.Condition(blocked, ConditionTypes.PromotionBlocked)!.Message,
                StringComparison.Ordinal);
            Assert.Equal(pair.Primary, blocked.Primary);
        }
        finally
        {
            (await Tool.RunAsync(TestTarget.NodeScript!, ["up"])).Text();
        }

        await installed.UntilAsync(
            pair.Name, "the standby is promoted", now => now.Status is { Promotion: null } status && status.Primary == pair.Standby);
        await installed.ReadyAsync(pair.Name);
    }
}
