using Cortex.Core.Manifests;
using Cortex.Core.Naming;
using k8s;
using k8s.Models;

namespace Cortex.Core.Planning.Policies.Objects;

/// <summary>Makes services and similar objects, which only Kubernetes has, match the resource, and reverts manual edits.</summary>
internal static class ArrangeObjects
{
    public static Verdict Decide(Situation now)
    {
        if (now.Seen.Inventory.Objects is not { } have)
        {
            return Verdict.Nothing;
        }

        var wanted = ClusterObjects.Render(now.Cluster, now.Members, now.Seen.AuthorityPem);
        var names = wanted.Select(item => (item.Kind, item.Metadata.Name)).ToHashSet();
        var apply = wanted
            .Where(item => have.FirstOrDefault(live => IsSame(live, item)) is not { } live || !ObjectDrift.Says(live, item))
            .ToList();
        // While the authority cannot be read, the clients' ConfigMap stays as it is.
        var remove = have
            .Where(item => !names.Contains((item.Kind, item.Metadata.Name)) && item.Metadata.Name != Names.Connection(now.Name))
            .ToList();
        if (apply.Count + remove.Count == 0)
        {
            return Verdict.Nothing;
        }

        var arrange = new Step.ArrangeObjects(apply, remove);
        // The addresses of the instances, which their configuration names, come with their services.
        return now.Members.All(now.Seen.Inventory.Addresses.ContainsKey) ? Verdict.Do(arrange) : Verdict.DoAndLook(arrange);
    }

    private static bool IsSame(IKubernetesObject<V1ObjectMeta> live, IKubernetesObject<V1ObjectMeta> wanted) =>
        live.Kind == wanted.Kind && live.Metadata.Name == wanted.Metadata.Name;
}
