using Cortex.Core.Api;

namespace Cortex.Core.Planning.Policies.Objects;

/// <summary>Compares the size of volumes with the size in the spec.</summary>
internal static class VolumeChecks
{
    /// <summary>Why volumes stay smaller than the spec says; null where no volume does.</summary>
    public static string? WhySmall(Situation now)
    {
        var refused = now.Seen.Inventory.Volumes.Where(volume => volume.Refused?.Size == now.Spec.Storage.Size).ToList();
        return refused is [var first, ..]
            ? $"{string.Join(", ", refused.Select(volume => volume.Name))} stay at {first.Size}, not {first.Refused!.Size}: "
                + first.Refused.Why
            : null;
    }

    /// <summary>False where the target reports a size that is not a quantity.</summary>
    public static bool IsLess(string size, string other) => Quantity.Parse(size) < Quantity.Parse(other);

    /// <summary>Whether an edit asks for less than before; volumes cannot shrink. False for a text that is not a size.</summary>
    public static bool Shrinks(string? before, string? after) =>
        before is not null && after is not null && Quantity.IsSize(before) && Quantity.IsSize(after) && IsLess(after, before);
}
