using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Naming;

namespace Cortex.Core.Planning.Policies;

/// <summary>What Kubernetes has and Podman has not: services that find the primary, and pods on machines that are away.</summary>
internal static class Services
{
    /// <summary>Clients that write are sent to the primary by decision, once it takes writes.</summary>
    public static Verdict Route(Situation now) =>
        now is { Seen.Inventory.HasServices: true, Status: { Primary: { } primary, Promotion: null } }
        && now.Seen.Answer(primary) is { InRecovery: false }
        && now.Seen.Inventory.Pods.Any(pod => pod.Role != (pod.Instance == primary ? Labels.PrimaryRole : Labels.StandbyRole))
            ? Verdict.Do(new Step.AssignRoles(primary))
            : Verdict.Nothing;

    /// <summary>The services and their like are as the spec says; what somebody edited is put back.</summary>
    public static Verdict Arrange(Situation now)
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

    /// <summary>A pod that nobody can see stopped goes by the user's word, and by nothing else.</summary>
    public static Verdict ForgetLost(Situation now)
    {
        var gone = now.Seen.Inventory.Pods.Where(pod => pod.IsLost && now.Spec.Kubernetes.LostInstances.Contains(pod.Instance)).ToList();
        return gone.Count > 0 ? Verdict.DoAndLook([.. gone.Select(pod => new Step.ForgetPod(pod.Instance))]) : Verdict.Nothing;
    }

    /// <summary>Why nobody may be promoted for a primary whose machine is away; null where that is not so.</summary>
    public static Refusal? WhyNotFenced(Situation now, string primary) =>
        now.Seen.Inventory.Pod(primary) is { IsLost: true } && !now.Spec.Kubernetes.LostInstances.Contains(primary)
            ? new(
                Reasons.FenceUnproven,
                $"the machine of {primary} is away, so that {primary} cannot be seen stopped and may still take writes; once that machine is off for certain, say so in spec.kubernetes.lostInstances: [{primary}]")
            : null;
}
