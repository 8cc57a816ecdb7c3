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
        var restored = world.Instances.Values.Where(instance => instance.Restore is { End: null })
            .Aggregate(world, (now, instance) => now.With(Restoring.Worked(instance)));
        return restored.Instances.Values.Where(instance => instance.Job is { End: null })
            .Aggregate(restored, (now, instance) => now.With(Joining.Worked(now, instance)));
    }
}
