using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>The operator is killed at the beginning of each step, and continues from what it observes.</summary>
[Trait("Tier", "podman")]
public sealed class InterruptedCreationTests
{
    private const int StepsOfACreation = 15;

    [Fact]
    public Task A_creation_that_is_interrupted_at_every_step_ends_with_one_database() => CreateAsync(delayMilliseconds: 0);

    [Theory, InlineData(50), InlineData(150), InlineData(400), Trait("Level", "deep")]
    public Task A_creation_that_is_interrupted_within_every_step_ends_with_one_database(int delayMilliseconds) =>
        CreateAsync(delayMilliseconds);

    /// <param name="delayMilliseconds">The time that a step runs before the kill, so that it is interrupted at different points.</param>
    private static async Task CreateAsync(int delayMilliseconds)
    {
        await using var cortex = await OperatorUnderTest.StartAsync();
        await using var cluster = cortex.NewCluster();
        HashSet<string> systems = [];
        var killer = new Killer(cortex, cluster, TimeSpan.FromMilliseconds(delayMilliseconds));
        await cluster.ApplyAsync();

        await killer.UntilAsync("the pair is Ready", now =>
        {
            systems.UnionWith(now?.Status?.SystemIdentifier is { } seen ? [seen] : []);
            return Cluster.Is(now?.Status, ConditionTypes.Ready, "True");
        });

        Assert.True(
            killer.Steps.Count >= StepsOfACreation, $"only {killer.Steps.Count} steps were interrupted: {string.Join("; ", killer.Steps)}");
        Assert.Single(systems);
        var access = await cluster.AccessAsync();
        await using var watch = await WriterWatch.StartAsync(cluster);
        foreach (var instance in new[] { cluster.Primary, cluster.Standby })
        {
            var system = await Psql.TextAsync(
                access.DsnOf(instance, "user=postgres dbname=postgres"), "select system_identifier from pg_control_system()");
            Assert.Equal(systems.Single(), system);
        }

        await watch.AssertWritersAsync(cluster.Primary);
    }
}
