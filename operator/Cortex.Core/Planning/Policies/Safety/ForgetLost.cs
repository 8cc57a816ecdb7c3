namespace Cortex.Core.Planning.Policies.Safety;

/// <summary>A pod that cannot be seen stopped is removed only if the user says that its machine is off.</summary>
internal static class ForgetLost
{
    public static Verdict Decide(Situation now)
    {
        var gone = now.Seen.Inventory.Pods
            .Where(pod => pod.IsLost && now.Spec.Kubernetes.LostInstances.Contains(pod.Instance))
            .ToList();
        return gone.Count > 0 ? Verdict.DoAndLook([.. gone.Select(pod => new Step.ForgetPod(pod.Instance))]) : Verdict.Nothing;
    }
}
