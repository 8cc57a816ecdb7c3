using System.Text.Json.Nodes;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using k8s;
using k8s.Models;

namespace Cortex.EndToEnd.Harness;

/// <summary>
/// A cluster of two instances that tests of an installation borrow one after the other. Each leaves it as it found it, and that is demanded of it; after a test that
/// failed, the next one gets a new cluster.
/// </summary>
public sealed class InstalledPair(Installation installed)
{
    /// <summary>As the documentation calls it.</summary>
    public const string Name = "cortex";

    /// <summary>The certificate of an instance stays when the instance is taken away.</summary>
    private const string CertificateOfAThird = $"secret/{Name}-s2-server-tls";

    private const string Selector = $"cortex.bicameral.dev/cluster={Name}";

    private static readonly SemaphoreSlim Turn = new(1);

    private IReadOnlyList<string>? belongings;
    private V1Patch? sample;

    /// <summary>Lends it; whoever has it may do anything to it that the return of its spec takes back.</summary>
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
            // Its state is not known: it goes, and a failure of that would only hide what happened.
            belongings = null;
            await installed.Kubectl.RunAsync("-n", installed.Shop, "delete", "cortexcluster", Name, "--ignore-not-found", "--timeout=240s");
            throw;
        }
        finally
        {
            Turn.Release();
        }
    }

    /// <summary>What a statement prints, by the socket inside of an instance.</summary>
    public Task<string> SqlAsync(string instance, string sql) =>
        installed.Kubectl.TextAsync("-n", installed.Shop, "exec", instance, "-c", "postgres", "--", "psql", "-XAtqc", sql, "-h", Paths.Server.Sockets, "-U", "postgres", "-d", "app");

    private async Task<InstalledRoles> TakeAsync()
    {
        if (belongings is null)
        {
            await installed.ApplyAsync(Name, "instances: 2, storage: {size: 1Gi}");
        }

        var status = await installed.ReadyAsync(Name);
        (sample, belongings) = belongings is null ? (await SpecAsync(), await BelongingsAsync()) : (sample, belongings);
        return new InstalledRoles(Name, status.Primary!, status.Instances.Single(one => one.Name != status.Primary).Name);
    }

    private async Task ReturnAsync()
    {
        // A replacement of spec as a whole: what a test added goes as well.
        await RestoreSpecAsync();
        await installed.UntilAsync(Name, "it was returned as it was lent", now => now.Status is { Promotion: null, Fenced.Count: 0, Ready: "2/2" } status
            && status.ObservedGeneration == now.Metadata.Generation
            && Cluster.Is(status, ConditionTypes.Ready, "True") && Cluster.Is(status, ConditionTypes.Progressing, "False"));
        await Eventually.HoldsAsync($"{Name} has what it had when it was made", async () => belongings!.SequenceEqual(await BelongingsAsync()), installed.StoryAsync);
        Assert.Empty((await installed.Api.CoreV1.ListNamespacedResourceQuotaAsync(installed.Shop, cancellationToken: Ct)).Items);
        Assert.Equal("0", await SqlAsync((await installed.ReadyAsync(Name)).Primary!, "select count(*) from pg_tables where schemaname = 'public'"));
    }

    /// <summary>By JSON patch, which is not refused for what the operator writes into the status meanwhile.</summary>
    private Task<object> RestoreSpecAsync() => installed.Api.CustomObjects.PatchNamespacedCustomObjectAsync(
        sample!, CortexCluster.GroupName, CortexCluster.Version, installed.Shop, CortexCluster.Plural, Name, cancellationToken: Ct);

    /// <summary>The patch that sets a spec to what it is now.</summary>
    private async Task<V1Patch> SpecAsync()
    {
        var now = await installed.Api.CustomObjects.GetNamespacedCustomObjectAsync<JsonNode>(
            CortexCluster.GroupName, CortexCluster.Version, installed.Shop, CortexCluster.Plural, Name, Ct);
        var patch = new JsonArray(new JsonObject { ["op"] = "replace", ["path"] = "/spec", ["value"] = now["spec"]!.DeepClone() });
        return new V1Patch(patch.ToJsonString(), V1Patch.PatchType.JsonPatch);
    }

    /// <summary>All that is there in its name.</summary>
    private async Task<IReadOnlyList<string>> BelongingsAsync() =>
        [.. (await installed.Kubectl.TextAsync(
            "-n", installed.Shop, "get", "pods,persistentvolumeclaims,secrets,configmaps,services,networkpolicies,poddisruptionbudgets", "-l", Selector, "-o", "name"))
            .Split('\n').Where(one => one != CertificateOfAThird).Order(StringComparer.Ordinal)];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;
}

/// <summary>The roles while a test has the pair; a test before it may have promoted the other instance.</summary>
public sealed record InstalledRoles(string Name, string Primary, string Standby);
