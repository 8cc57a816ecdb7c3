using Cortex.Core.Api;

namespace Cortex.Core.Planning;

/// <summary>One instance's turn in a rollout.</summary>
public sealed record RolloutMove(string Instance, RolloutKind Kind);

/// <summary>How an instance gets what it lacks.</summary>
public enum RolloutKind
{
    /// <summary>A standby is restarted; writes continue.</summary>
    RestartStandby,

    /// <summary>The primary hands over to an updated standby and comes back as a standby itself.</summary>
    SwitchOver,

    /// <summary>The primary is stopped and started: no instance accepts writes meanwhile.</summary>
    RestartPrimary,
}

/// <summary>The order in which instances are updated, one after the other.</summary>
public static class RolloutOrder
{
    /// <param name="outdated">The instances that lack something, in their own order, with or without the primary.</param>
    /// <param name="hasStandby">There is a standby to hand over to.</param>
    /// <param name="lowered">The primary waits for a smaller value of one of the <c>StandbyLimits</c>.</param>
    public static IReadOnlyList<RolloutMove> Of(
        string primary, IReadOnlyList<string> outdated, bool hasStandby, PrimaryUpdate how, LoweredLimits lowered)
    {
        var standbys = outdated.Where(name => name != primary).Select(name => new RolloutMove(name, RolloutKind.RestartStandby));
        if (!outdated.Contains(primary))
        {
            return [.. standbys];
        }

        var mayHandOver = hasStandby && how == PrimaryUpdate.Switchover && lowered == LoweredLimits.None;
        var ofPrimary = new RolloutMove(primary, mayHandOver ? RolloutKind.SwitchOver : RolloutKind.RestartPrimary);
        return lowered == LoweredLimits.Alone ? [ofPrimary, .. standbys] : [.. standbys, ofPrimary];
    }
}

/// <summary>
/// Whether the primary waits for a smaller value of one of the <c>StandbyLimits</c>. No standby could follow it with less than the primary
/// has, and a hand-over would only promote an instance that has the old value, too. So the primary is restarted in place.
/// </summary>
public enum LoweredLimits
{
    None,

    /// <summary>And for nothing else: no standby can try that before it.</summary>
    Alone,

    /// <summary>Among other changes, which standbys try first, with the primary's present limits.</summary>
    WithOthers,
}
