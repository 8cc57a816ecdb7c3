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
        var small = now.Seen.Inventory.Volumes.Where(volume => now.Members.Contains(volume.Instance)
            && volume.Size is { } present && VolumeChecks.IsLess(present, size) && volume.Refused?.Size != size);
        return small.Select(volume => new Step.GrowVolume(volume.Instance, size)).ToList() is { Count: > 0 } steps
            ? Verdict.Do(steps)
            : Verdict.Nothing;
    }
}
