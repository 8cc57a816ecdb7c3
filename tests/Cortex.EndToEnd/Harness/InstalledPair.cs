using System.Text.Json.Nodes;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using k8s;
using k8s.Models;

namespace Cortex.EndToEnd.Harness;

/// <summary>
/// A cluster of two instances that tests of an installation borrow one after the other. Each test must leave it as it found it, which is
/// asserted. After a failed test, the next test gets a new cluster.
/// </summary>
public sealed class InstalledPair(Installation installed)
{
    /// <summary>The name in the documentation.</summary>
    public const string Name = "cortex";

    /// <summary>The certificate of an instance remains when the instance is removed.</summary>
    private const string CertificateOfThirdInstance = $"secret/{Name}-s2-server-tls";

    private const string Selector = $"cortex.bicameral.dev/cluster={Name}";

    private static readonly SemaphoreSlim Turn = new(1);

    private IReadOnlyList<string>? objects;
    private V1Patch? sample;

    /// <summary>Lends the pair to a test, which may do anything that is undone when the spec is restored.</summary>
    public async Task BorrowAsync(Func<InstalledRoles, Task> test)
    {
        await Turn.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            await test(await TakeAsync());
            await ReturnAsync();
        }
        catch
        {
            // The state is unknown, so the cluster is deleted. A failure of the deletion would only hide the failure of the test.
            objects = null;
            await installed.Kubectl.RunAsync("-n", installed.Shop, "delete", "cortexcluster", Name, "--ignore-not-found", "--timeout=240s");
            throw;
        }
        finally
        {
            Turn.Release();
        }
    }

    /// <summary>The output of a statement, run inside of an instance over its socket.</summary>
    public Task<string> SqlAsync(string instance, string sql) =>
        installed.Kubectl.TextAsync(
            "-n", installed.Shop, "exec", instance, "-c", "postgres", "--", "psql", "-XAtqc", sql, "-h", Paths.Server.Sockets, "-U",
            "postgres", "-d", "app");

    private async Task<InstalledRoles> TakeAsync()
    {
        if (objects is null)
        {
            await installed.ApplyAsync(Name, "instances: 2, storage: {size: 1Gi}");
        }

        var status = await installed.ReadyAsync(Name);
        (sample, objects) = objects is null ? (await SpecAsync(), await ObjectsAsync()) : (sample, objects);
        return new InstalledRoles(Name, status.Primary!, status.Instances.Single(instance => instance.Name != status.Primary).Name);
    }

    private async Task ReturnAsync()
    {
        // The whole spec is replaced, so that fields which a test added are removed.
        await RestoreSpecAsync();
        await installed.UntilAsync(
            Name, "it is as it was before the test", now => now.Status is { Promotion: null, Fenced.Count: 0, Ready: "2/2" } status
            && status.ObservedGeneration == now.Metadata.Generation
            && Cluster.Is(status, ConditionTypes.Ready, "True") && Cluster.Is(status, ConditionTypes.Progressing, "False"));
        await Eventually.HoldsAsync(
            $"{Name} has the same objects as after its creation",
            async () => objects!.SequenceEqual(await ObjectsAsync()),
            installed.DescribeAsync);
        Assert.Empty((await installed.Api.CoreV1.ListNamespacedResourceQuotaAsync(installed.Shop, cancellationToken: Ct)).Items);
        Assert.Equal(
            "0", await SqlAsync((await installed.ReadyAsync(Name)).Primary!, "select count(*) from pg_tables where schemaname = 'public'"));
    }

    /// <summary>A JSON patch cannot conflict with a write of the status by the operator.</summary>
    private Task<object> RestoreSpecAsync() => installed.Api.CustomObjects.PatchNamespacedCustomObjectAsync(
        sample!, CortexCluster.GroupName, CortexCluster.Version, installed.Shop, CortexCluster.Plural, Name, cancellationToken: Ct);

    /// <summary>The patch that restores the present spec.</summary>
    private async Task<V1Patch> SpecAsync()
    {
        var now = await installed.Api.CustomObjects.GetNamespacedCustomObjectAsync<JsonNode>(
            CortexCluster.GroupName, CortexCluster.Version, installed.Shop, CortexCluster.Plural, Name, Ct);
        var patch = new JsonArray(new JsonObject { ["op"] = "replace", ["path"] = "/spec", ["value"] = now["spec"]!.DeepClone() });
        return new V1Patch(patch.ToJsonString(), V1Patch.PatchType.JsonPatch);
    }

    /// <summary>All objects of the cluster.</summary>
    private async Task<IReadOnlyList<string>> ObjectsAsync() =>
        [.. (await installed.Kubectl.TextAsync(
            "-n", installed.Shop, "get", "pods,persistentvolumeclaims,secrets,configmaps,services,networkpolicies,poddisruptionbudgets",
            "-l", Selector, "-o", "name"))
            .Split('\n').Where(name => name != CertificateOfThirdInstance).Order(StringComparer.Ordinal)];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;
}

/// <summary>The roles during a test; an earlier test may have promoted the other instance.</summary>
public sealed record InstalledRoles(string Name, string Primary, string Standby);
