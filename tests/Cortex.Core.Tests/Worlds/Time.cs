namespace Cortex.Core.Tests.Worlds;

/// <summary>What happens in a world while no pass runs.</summary>
internal static class Time
{
    /// <summary>Time passes; the longest wait of a policy is over.</summary>
    public static World Later(this World world, double seconds = 10) =>
        (seconds > 0 ? Worked(world) : world) with { Now = world.Now.AddSeconds(seconds) };

    /// <summary>Jobs that ran have ended.</summary>
    private static World Worked(World world)
    {
        var restored = world.Instances.Values.Where(one => one.Restore is { End: null })
            .Aggregate(world, (now, one) => now.With(Restoring.Worked(one)));
        return restored.Instances.Values.Where(one => one.Job is { End: null })
            .Aggregate(restored, (now, one) => now.With(Joining.Worked(now, one)));
    }
}
