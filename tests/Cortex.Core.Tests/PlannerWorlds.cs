using System.Collections.Concurrent;
using Cortex.Core.Tests.Worlds;

namespace Cortex.Core.Tests;

/// <summary>From every world, after every prefix of every plan, whole or with its next step gone wrong: look again, plan again, and nothing that must not be has come to be.</summary>
public sealed class PlannerWorlds
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public void No_interrupted_plan_breaks_an_invariant_and_all_come_to_rest(int instances, bool coarse) => Search(instances, coarse);

    /// <summary>150,000 worlds, where two standbys and all that they may be to each other have been in 66,000.</summary>
    [Fact, Trait("Level", "deep")]
    public void No_interrupted_plan_of_four_instances_breaks_an_invariant_either() => Search(4, coarse: true);

    private static void Search(int instances, bool coarse)
    {
        var rest = new Rest();
        ConcurrentDictionary<string, bool> seen = [];
        ConcurrentDictionary<string, (int Count, string Example)> broken = [];
        Parallel.ForEach(AllWorlds.Of(instances, coarse), start =>
        {
            Stack<World> open = new([start]);
            while (open.TryPop(out var world))
            {
                if (!seen.TryAdd(world.Key, true))
                {
                    continue;
                }

                try
                {
                    rest.From(world);
                    foreach (var next in Interrupted(world))
                    {
                        open.Push(next);
                    }
                }
                catch (BrokenInvariant cause)
                {
                    broken.AddOrUpdate(cause.Message, (1, world.Key), (_, one) => (one.Count + 1, world.Key));
                }
            }
        });

        TestContext.Current.SendDiagnosticMessage($"{instances} instances: {seen.Count} worlds");
        Assert.True(broken.IsEmpty, string.Join("\n\n", broken.OrderBy(one => one.Key.Length).Select(one => $"{one.Value.Count} x {one.Key}\n   e.g. {one.Value.Example}").Take(12)));
        Assert.True(seen.Count > 25, "too few worlds to mean anything");
    }

    private static IEnumerable<World> Interrupted(World world)
    {
        var settled = world.Settled();
        foreach (var (after, step, mishap) in new Pass(settled).Interruptions())
        {
            yield return Checked(settled, after, $"{mishap} at \"{step.Says}\"");
        }
    }

    private static World Checked(World before, World after, string what)
    {
        var settled = after.Settled();
        Invariants.OneWriter(before, settled, what);
        return settled.Later();
    }
}
