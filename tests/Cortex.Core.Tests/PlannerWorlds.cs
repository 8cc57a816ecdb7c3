using System.Collections.Concurrent;
using Cortex.Core.Tests.Worlds;

namespace Cortex.Core.Tests;

/// <summary>
/// From every world, after every prefix of every plan, complete or with its next step failed: observe and plan again, and no invariant is
/// broken.
/// </summary>
public sealed class PlannerWorlds
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void No_interrupted_plan_breaks_an_invariant_and_all_come_to_rest(int instances) =>
        Search(instances, coarse: false, again: true);

    /// <summary>
    /// Each plan is interrupted once. Several interruptions are left to the deep tests and to <see cref="PlannerHistories"/>.
    /// </summary>
    [Fact]
    public void No_plan_of_three_instances_that_is_interrupted_once_breaks_an_invariant_either() => Search(3, coarse: true, again: false);

    [Fact, Trait("Level", "deep")]
    public void No_plan_of_three_instances_that_is_interrupted_again_breaks_an_invariant_either() => Search(3, coarse: true, again: true);

    /// <summary>Two standbys and all their relations are covered by three instances; this adds one more.</summary>
    [Fact, Trait("Level", "deep")]
    public void No_interrupted_plan_of_four_instances_breaks_an_invariant_either() => Search(4, coarse: true, again: true);

    /// <summary>An empty database never takes the place of a backup, and data of another origin are never touched.</summary>
    [Fact]
    public void No_interrupted_restore_begins_with_an_empty_database_or_changes_other_data() =>
        Search(AllWorlds.ToBeRestored(), "a restore", again: true);

    /// <param name="again">Whether the plans after an interruption are interrupted, too.</param>
    private static void Search(int instances, bool coarse, bool again) =>
        Search(AllWorlds.Of(instances, coarse), $"{instances} instances", again);

    private static void Search(IEnumerable<World> worlds, string name, bool again)
    {
        var rest = new Rest();
        ConcurrentDictionary<string, bool> seen = [];
        ConcurrentDictionary<string, (int Count, string Example)> broken = [];
        Parallel.ForEach(worlds, start =>
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
                        if (again)
                        {
                            open.Push(next);
                        }
                        else
                        {
                            rest.From(next);
                        }
                    }
                }
                catch (BrokenInvariant cause)
                {
                    broken.AddOrUpdate(cause.Message, (1, world.Key), (_, entry) => (entry.Count + 1, world.Key));
                }
            }
        });

        TestContext.Current.SendDiagnosticMessage($"{name}: {seen.Count} worlds");
        var examples = broken.OrderBy(pair => pair.Key.Length).Take(12)
            .Select(pair => $"{pair.Value.Count} x {pair.Key}\n   e.g. {pair.Value.Example}");
        Assert.True(broken.IsEmpty, string.Join("\n\n", examples));
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
