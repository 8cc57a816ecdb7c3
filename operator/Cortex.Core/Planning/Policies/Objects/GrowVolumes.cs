namespace Cortex.Core.Planning.Policies.Objects;

/// <summary>
/// The size of existing volumes. They can grow, and cannot shrink
/// (https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims).
/// </summary>
internal static class GrowVolumes
{
    public static Verdict Decide(Situation now)
    {
        var size = now.Spec.Storage.Size;
        var small = now.Seen.Inventory.Volumes.Where(one => now.Members.Contains(one.Instance)
            && one.Size is { } present && VolumeChecks.IsLess(present, size) && one.Refused?.Size != size);
        return small.Select(one => new Step.GrowVolume(one.Instance, size)).ToList() is { Count: > 0 } steps
            ? Verdict.Do(steps)
            : Verdict.Nothing;
    }
}
