using Cortex.Core.Api;

namespace Cortex.Core.Planning;

/// <summary>One instance's turn in a rollout.</summary>
public sealed record RolloutMove(string Instance, RolloutKind Kind);

/// <summary>How an instance gets what it lacks.</summary>
public enum RolloutKind
{
    /// <summary>A standby is restarted; writes go on.</summary>
    RestartStandby,

    /// <summary>The primary hands over to an updated standby and comes back as a standby itself.</summary>
    SwitchOver,

    /// <summary>The primary is stopped and started: nobody takes writes meanwhile.</summary>
    RestartPrimary,
}

/// <summary>In which order instances are updated, one after the other.</summary>
public static class RolloutOrder
{
    /// <param name="outdated">The instances that lack something, the primary among them or not, in their own order.</param>
    /// <param name="hasStandby">There is somebody to hand over to.</param>
    /// <param name="lowered">The primary waits for a smaller value of one of the <c>StandbyLimits</c>.</param>
    public static IReadOnlyList<RolloutMove> Of(string primary, IReadOnlyList<string> outdated, bool hasStandby, PrimaryUpdate how, LoweredLimits lowered)
    {
        var standbys = outdated.Where(one => one != primary).Select(one => new RolloutMove(one, RolloutKind.RestartStandby));
        if (!outdated.Contains(primary))
        {
            return [.. standbys];
        }

        var last = hasStandby && how == PrimaryUpdate.Switchover && lowered == LoweredLimits.None ? RolloutKind.SwitchOver : RolloutKind.RestartPrimary;
        return lowered == LoweredLimits.Alone ? [new RolloutMove(primary, last), .. standbys] : [.. standbys, new RolloutMove(primary, last)];
    }
}

/// <summary>
/// Whether the primary waits for a smaller value of one of the <c>StandbyLimits</c>. No standby could follow it with less than it has itself, and a hand-over would only bring one
/// that has the old value too: so it is restarted in place.
/// </summary>
public enum LoweredLimits
{
    None,

    /// <summary>And for nothing else: no standby can try that before it.</summary>
    Alone,

    /// <summary>Among other things, which standbys try first, with the primary's present limits.</summary>
    WithOthers,
}
