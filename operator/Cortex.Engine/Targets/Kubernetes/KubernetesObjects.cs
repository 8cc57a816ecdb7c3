using System.Net;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Runtime;
using k8s;
using k8s.Models;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>
/// The objects of clusters in a Kubernetes API: found by their labels, applied under one field manager, never taken over from another
/// owner.
/// </summary>
internal sealed class KubernetesObjects(ApiConnection api)
{
    public const string FieldManager = "cortex-operator";

    private readonly ResourceClient<V1Service> services = new(api);
    private readonly ResourceClient<V1ConfigMap> maps = new(api);
    private readonly ResourceClient<V1NetworkPolicy> policies = new(api);
    private ResourceClient<V1PodDisruptionBudget>? budgets;

    public ResourceClient<V1Pod> Pods { get; } = new(api);

    public ResourceClient<V1Secret> Secrets { get; } = new(api);

    public ResourceClient<V1PersistentVolumeClaim> Claims { get; } = new(api);

    /// <summary>Services, ConfigMaps, disruption budgets and network policies of a cluster.</summary>
    public async Task<IReadOnlyList<IKubernetesObject<V1ObjectMeta>>> ListAsync(ClusterKey cluster, CancellationToken ct)
    {
        var labels = Labels.Of(cluster);
        var all = await Task.WhenAll(
            WidenAsync(services.ListAsync(cluster.Namespace, ct, labels)),
            WidenAsync(maps.ListAsync(cluster.Namespace, ct, labels)),
            WidenAsync(policies.ListAsync(cluster.Namespace, ct, labels)),
            WidenAsync((await BudgetsAsync(ct)).ListAsync(cluster.Namespace, ct, labels)));
        return [.. all.SelectMany(enumerable => enumerable)];
    }

    /// <exception cref="ForeignObjectException">An object of that name exists and does not belong to the cluster.</exception>
    public async Task ApplyAsync(ClusterKey cluster, IKubernetesObject<V1ObjectMeta> wanted, CancellationToken ct)
    {
        Task applied = wanted switch
        {
            V1Service service => ApplyAsync(services, cluster, service, ct),
            V1ConfigMap map => ApplyAsync(maps, cluster, map, ct),
            V1NetworkPolicy policy => ApplyAsync(policies, cluster, policy, ct),
            V1PodDisruptionBudget budget => ApplyAsync(await BudgetsAsync(ct), cluster, budget, ct),
            _ => throw Unknown(wanted),
        };
        await applied;
    }

    public async Task RemoveAsync(ClusterKey cluster, IKubernetesObject<V1ObjectMeta> surplus, CancellationToken ct)
    {
        var key = new ObjectKey(cluster.Namespace, surplus.Metadata.Name);
        await (surplus switch
        {
            V1Service => services.DeleteAsync(key, surplus.Metadata.Uid, ct),
            V1ConfigMap => maps.DeleteAsync(key, surplus.Metadata.Uid, ct),
            V1NetworkPolicy => policies.DeleteAsync(key, surplus.Metadata.Uid, ct),
            V1PodDisruptionBudget => (await BudgetsAsync(ct)).DeleteAsync(key, surplus.Metadata.Uid, ct),
            _ => throw Unknown(surplus),
        });
    }

    /// <summary>Applies an object that may already exist, if it belongs to the cluster.</summary>
    public static async Task<T> ApplyAsync<T>(ResourceClient<T> client, ClusterKey cluster, T wanted, CancellationToken ct)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        if (await client.GetAsync(ObjectKey.Of(wanted), ct) is { } there)
        {
            Demand(cluster, there);
        }

        return await client.ApplyAsync(wanted, FieldManager, ct);
    }

    /// <exception cref="ForeignObjectException">The object does not belong to the cluster.</exception>
    public static void Demand(ClusterKey cluster, IKubernetesObject<V1ObjectMeta> thing) =>
        Ownership.Demand(cluster, thing.Metadata.Labels as IReadOnlyDictionary<string, string>, thing.Kind, thing.Metadata.Name);

    /// <summary>Kubernetes has disruption budgets in policy/v1 from 1.21 on.</summary>
    private async Task<ResourceClient<V1PodDisruptionBudget>> BudgetsAsync(CancellationToken ct)
    {
        if (budgets is { } known)
        {
            return known;
        }

        var kind = ResourceKind.Of<V1PodDisruptionBudget>();
        try
        {
            await api.GetAsync($"apis/{kind.ApiVersion}", ct);
        }
        catch (KubernetesException refusal) when (refusal.Is(HttpStatusCode.NotFound))
        {
            kind = kind with { Version = "v1beta1" };
        }

        return budgets = new ResourceClient<V1PodDisruptionBudget>(api, kind);
    }

    private static async Task<IEnumerable<IKubernetesObject<V1ObjectMeta>>> WidenAsync<T>(Task<IReadOnlyList<T>> some)
        where T : IKubernetesObject<V1ObjectMeta> => (await some).Cast<IKubernetesObject<V1ObjectMeta>>();

    private static ArgumentException Unknown(IKubernetesObject<V1ObjectMeta> thing) =>
        new($"{thing.Kind} {thing.Metadata.Name} has a kind that no object of a cluster has", nameof(thing));
}
