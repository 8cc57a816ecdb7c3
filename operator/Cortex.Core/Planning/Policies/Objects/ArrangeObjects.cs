using Cortex.Core.Manifests;
using Cortex.Core.Naming;

namespace Cortex.Core.Planning.Policies.Objects;

/// <summary>The services and their like, which Kubernetes has and Podman has not, are as the spec says; what somebody edited is put back.</summary>
internal static class ArrangeObjects
{
    public static Verdict Decide(Situation now)
    {
        if (now.Seen.Inventory.Objects is not { } have)
        {
            return Verdict.Nothing;
        }

        var wanted = ClusterObjects.Render(now.Cluster, now.Wanted, now.Seen.AuthorityPem);
        var names = wanted.Select(one => (one.Kind, one.Metadata.Name)).ToHashSet();
        var apply = wanted.Where(one => have.FirstOrDefault(live => live.Kind == one.Kind && live.Metadata.Name == one.Metadata.Name) is not { } live || !ObjectDrift.Says(live, one)).ToList();
        // While the authority cannot be read, what clients know of it stays.
        var remove = have.Where(one => !names.Contains((one.Kind, one.Metadata.Name)) && one.Metadata.Name != Names.Connection(now.Name)).ToList();
        if (apply.Count + remove.Count == 0)
        {
            return Verdict.Nothing;
        }

        var arrange = new Step.ArrangeObjects(apply, remove);
        // The addresses of the instances, which their configuration names, come with their services.
        return now.Wanted.All(now.Seen.Inventory.Addresses.ContainsKey) ? Verdict.Do(arrange) : Verdict.DoAndLook(arrange);
    }
}
