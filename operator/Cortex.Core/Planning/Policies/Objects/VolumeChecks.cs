using Cortex.Core.Api;

namespace Cortex.Core.Planning.Policies.Objects;

/// <summary>The size that volumes have, beside that which the spec says.</summary>
internal static class VolumeChecks
{
    /// <summary>Why volumes stay smaller than the spec says; null where none does.</summary>
    public static string? WhySmall(Situation now)
    {
        var refused = now.Seen.Inventory.Volumes.Where(one => one.Refused?.Size == now.Spec.Storage.Size).ToList();
        return refused is [var first, ..] ? $"{string.Join(", ", refused.Select(one => one.Name))} stay at {first.Size}, not {first.Refused!.Size}: {first.Refused.Why}" : null;
    }

    /// <summary>What a target says of a volume may be no quantity as ours are; then it is not known to be.</summary>
    public static bool IsLess(string one, string other) => Quantity.Parse(one) < Quantity.Parse(other);
}
