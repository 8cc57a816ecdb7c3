using Cortex.Core.Api;

namespace Cortex.Core.Planning.Policies;

/// <summary>The size of volumes that exist. They grow; none shrinks (https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims).</summary>
internal static class Volumes
{
    public static Verdict Grow(Situation now)
    {
        var size = now.Spec.Storage.Size;
        var small = now.Seen.Inventory.Volumes.Where(one => now.Wanted.Contains(one.Instance) && one.Size is { } has && IsLess(has, size) && one.Refused?.Size != size);
        return small.Select(one => new Step.GrowVolume(one.Instance, size)).ToList() is { Count: > 0 } steps ? Verdict.Do(steps) : Verdict.Nothing;
    }

    /// <summary>Why volumes stay smaller than the spec says; null where none does.</summary>
    public static string? WhySmall(Situation now)
    {
        var refused = now.Seen.Inventory.Volumes.Where(one => one.Refused?.Size == now.Spec.Storage.Size).ToList();
        return refused is [var first, ..] ? $"{string.Join(", ", refused.Select(one => one.Name))} stay at {first.Size}, not {first.Refused!.Size}: {first.Refused.Why}" : null;
    }

    /// <summary>What a target says of a volume may be no quantity as ours are; then it is not known to be.</summary>
    public static bool IsLess(string one, string other) => Quantity.Parse(one) < Quantity.Parse(other);
}
