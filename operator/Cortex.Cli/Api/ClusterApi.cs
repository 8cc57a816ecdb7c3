using System.Net;
using System.Text.Json.Nodes;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Operator.Wiring;
using Cortex.Runtime;
using k8s;

namespace Cortex.Cli.Api;

/// <summary>
/// The Kubernetes API that a kubeconfig names: the requests that commands need. A refusal is a <see cref="KubernetesException"/>.
/// </summary>
public sealed class ClusterApi : IDisposable
{
    private static readonly ResourceKind Kind = ResourceKind.Of<CortexCluster>();

    private readonly Kubernetes client;
    private readonly ApiConnection connection;
    private readonly ResourceClient<CortexCluster> clusters;
    private readonly TimeProvider clock;

    public ClusterApi(string kubeconfig, TimeProvider clock)
    {
        Kubeconfig = Path.GetFullPath(kubeconfig);
        client = ApiClient.Connect(ApiClient.Read(kubeconfig));
        connection = new ApiConnection(client, clock) { Protocol = HttpVersion.Version11 };
        clusters = new ResourceClient<CortexCluster>(connection);
        this.clock = clock;
    }

    /// <summary>The file that names the API.</summary>
    public string Kubeconfig { get; }

    public Uri Address => client.BaseUri;

    internal ApiConnection Connection => connection;

    /// <summary>Whether the API is ready; false while it cannot be reached.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken ct)
    {
        try
        {
            using var response = await connection.OpenAsync(HttpMethod.Get, "readyz", null, "", ct);
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or KubernetesException)
        {
            return false;
        }
    }

    /// <returns>Null if it does not exist.</returns>
    public Task<CortexCluster?> FindAsync(ClusterKey cluster, CancellationToken ct) =>
        clusters.GetAsync(new ObjectKey(cluster.Namespace, cluster.Name), ct);

    /// <param name="ns">Empty for all namespaces.</param>
    public Task<IReadOnlyList<CortexCluster>> ListAsync(string ns, CancellationToken ct) => clusters.ListAsync(ns, ct);

    /// <summary>Sets spec.promote.</summary>
    /// <returns>Null if the cluster does not exist any more.</returns>
    public Task<CortexCluster?> PromoteAsync(ClusterKey cluster, string instance, CancellationToken ct) =>
        clusters.PatchAsync(
            new ObjectKey(cluster.Namespace, cluster.Name), new JsonObject { ["spec"] = new JsonObject { ["promote"] = instance } }, ct);

    /// <summary>Asks for a restore test of the newest backup.</summary>
    /// <returns>Null if the cluster does not exist any more.</returns>
    public Task<CortexCluster?> RequestVerificationAsync(ClusterKey cluster, string request, CancellationToken ct) =>
        clusters.PatchAsync(
            new ObjectKey(cluster.Namespace, cluster.Name),
            new JsonObject
            {
                ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [Annotations.VerifyBackup] = request } },
            },
            ct);

    /// <summary>
    /// Removes the observed facts from the status of a stopped cluster, so that they are not taken for the present state later. The
    /// decisions stay.
    /// </summary>
    public Task WithdrawReportAsync(CortexCluster cluster, CancellationToken ct)
    {
        var before = cluster.Status ?? new ClusterStatus();
        var after = before with { Phase = null, Ready = null, Lag = null, Instances = [], Conditions = [], ObservedGeneration = null };
        return clusters.PatchStatusAsync(ObjectKey.Of(cluster), before, after, null, ct);
    }

    /// <summary>The states of one cluster from now on, beginning with the present state.</summary>
    public ClusterFeed Follow(ClusterKey cluster) => new(connection, cluster, clock);

    /// <summary>Applies a manifest. Fields that other clients set and the manifest never contained are not changed.</summary>
    /// <exception cref="KubernetesException">The API refused the resource; the message names the field.</exception>
    public async Task<Applied> ApplyAsync(JsonObject manifest, string defaultNamespace, CancellationToken ct)
    {
        var key = KeyOf(manifest, defaultNamespace);
        var wanted = LastApplied.Annotate(manifest, key);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await TryApplyAsync(key, wanted, ct);
            }
            catch (KubernetesException e) when (attempt < 5 && e.Is(HttpStatusCode.Conflict))
            {
                // Another client created or changed the resource between the read and the write.
            }
        }
    }

    /// <summary>The result that <see cref="ApplyAsync"/> would have, without a write.</summary>
    /// <returns>The resource as it is, null if it does not exist, and as it would be.</returns>
    public async Task<(ObjectKey Key, CortexCluster? Live, JsonObject Applied)> PreviewAsync(
        JsonObject manifest, string defaultNamespace, CancellationToken ct)
    {
        var key = KeyOf(manifest, defaultNamespace);
        if (await ReadAsync(key, ct) is not { } live)
        {
            return (key, null, manifest);
        }

        var applied = LastApplied.Target(live, LastApplied.Annotate(manifest, key));
        return (key, KubernetesJson.Deserialize<CortexCluster>(live.ToJsonString()), applied);
    }

    public void Dispose() => client.Dispose();

    private async Task<Applied> TryApplyAsync(ObjectKey key, JsonObject wanted, CancellationToken ct)
    {
        const string rules = "?fieldManager=cortex&fieldValidation=Strict";
        var live = await ReadAsync(key, ct);
        if (live is null)
        {
            await connection.SendAsync(
                HttpMethod.Post, Kind.CollectionPath(key.Namespace) + rules, wanted.ToJsonString(), "application/json", ct);
            return new Applied(key, "created");
        }

        if (LastApplied.Patch(live, wanted) is not { } patch)
        {
            return new Applied(key, "unchanged");
        }

        await connection.SendAsync(HttpMethod.Patch, Kind.ObjectPath(key) + rules, patch.ToJsonString(), ApiConnection.MergePatch, ct);
        return new Applied(key, "configured");
    }

    private async Task<JsonObject?> ReadAsync(ObjectKey key, CancellationToken ct)
    {
        try
        {
            return JsonNode.Parse((await connection.GetAsync(Kind.ObjectPath(key), ct)).GetRawText())!.AsObject();
        }
        catch (KubernetesException e) when (e.Is(HttpStatusCode.NotFound) && e.Status.Details?.Name is { Length: > 0 })
        {
            return null;
        }
    }

    private static ObjectKey KeyOf(JsonObject manifest, string defaultNamespace)
    {
        var metadata = manifest["metadata"]?.AsObject();
        return new(metadata?["namespace"]?.GetValue<string>() ?? defaultNamespace, metadata?["name"]?.GetValue<string>() ?? "");
    }
}

/// <summary>The result for a manifest: created, configured or unchanged.</summary>
public sealed record Applied(ObjectKey Key, string How);
