using System.Collections.Concurrent;
using System.Globalization;
using Cortex.Core.Tests.Worlds;

namespace Cortex.Core.Tests;

/// <summary>
/// Many lives of clusters with random faults. A failure names its seed; <c>CORTEX_SEED=n</c> repeats that life and prints it.
/// </summary>
public sealed class PlannerHistories
{
    /// <summary>Each run has other seeds.</summary>
    [Theory]
    [InlineData(false, 4_000)]
    [InlineData(true, 1_000)]
    public void No_history_breaks_an_invariant_and_each_comes_to_rest(bool replicating, int lives) => Live(replicating, lives);

    [Theory, Trait("Level", "deep")]
    [InlineData(false, 100_000)]
    [InlineData(true, 25_000)]
    public void No_history_of_very_many_breaks_an_invariant(bool replicating, int lives) => Live(replicating, lives);

    /// <summary>
    /// 1849481776: the target did not answer when it was fenced for, and the report of that passed for the commitment: there was no second
    /// observation. 7244958: the old primary was seen at rest before its fence, which passed for the second observation; the restart policy
    /// started it between the two, and it acknowledged more.
    /// </summary>
    [Theory]
    [InlineData(1849481776)]
    [InlineData(7244958)]
    public void A_life_that_once_broke_an_invariant_does_so_no_more(int seed) => new History(seed, replicating: true).Live(new Rest());

    [Fact]
    public void The_same_seed_lives_the_same_life()
    {
        var (history, other) = (new History(42), new History(42));

        Assert.Equal(history.Live(new Rest()).Key, other.Live(new Rest()).Key);
        Assert.Equal(history.Log, other.Log);
    }

    private static void Live(bool replicating, int lives)
    {
        var replay = Environment.GetEnvironmentVariable("CORTEX_SEED");
        var first = replay is null ? Random.Shared.Next(int.MaxValue - lives) : int.Parse(replay, CultureInfo.InvariantCulture);
        var rest = new Rest();
        ConcurrentQueue<string> broken = [];
        Parallel.For(first, first + (replay is null ? lives : 1), (seed, state) =>
        {
            var history = new History(seed, replicating);
            try
            {
                history.Live(rest);
            }
            catch (BrokenInvariant cause)
            {
                broken.Enqueue($"CORTEX_SEED={seed} (replicating: {replicating}): {cause.Message}\n{string.Join('\n', history.Log)}");
                state.Stop();
            }
        });

        Assert.Empty(broken);
        TestContext.Current.SendDiagnosticMessage($"lives from seed {first} on");
        Assert.True(replay is not null || rest.Worlds > 1000, "too few different ends to mean anything");
    }
}
