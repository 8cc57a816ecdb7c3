using System.Collections.Concurrent;
using Cortex.Core.Api;
using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd;

/// <summary>The operator is killed as each step begins, of a creation and of promotions, and carries on from what it finds.</summary>
[Trait("Tier", "podman")]
public sealed class InterruptionTests
{
    private const int StepsOfACreation = 15;

    /// <param name="later">How long the step may run before the kill, so that it is cut at different places.</param>
    [Theory, InlineData(0), InlineData(150)]
    public async Task A_creation_that_is_killed_at_every_step_ends_with_one_database(int later)
    {
        await using var cortex = await OperatorUnderTest.StartAsync();
        await using var cluster = cortex.NewCluster();
        HashSet<string> systems = [];
        var killer = new Killer(cortex, cluster, TimeSpan.FromMilliseconds(later));
        await cluster.ApplyAsync();

        await killer.UntilAsync("the pair is Ready", now =>
        {
            systems.UnionWith(now?.Status?.SystemIdentifier is { } seen ? [seen] : []);
            return Cluster.Is(now?.Status, ConditionTypes.Ready, "True");
        });

        Assert.True(killer.Steps.Count >= StepsOfACreation, $"only {killer.Steps.Count} steps were interrupted: {string.Join("; ", killer.Steps)}");
        Assert.Single(systems);
        var access = await cluster.AccessAsync();
        await using var watch = await WriterWatch.StartAsync(cluster);
        foreach (var instance in new[] { cluster.Primary, cluster.Standby })
        {
            var system = await Psql.TextAsync(access.DsnOf(instance, "user=postgres dbname=postgres"), "select system_identifier from pg_control_system()");
            Assert.Equal(systems.Single(), system);
        }

        await watch.DemandAsync(cluster.Primary);
    }

    [Theory, InlineData(0), InlineData(30)]
    public async Task A_failover_that_is_killed_at_every_step_ends_with_the_wished_primary(int later)
    {
        await using var cortex = await OperatorUnderTest.StartAsync();
        await using var cluster = await cortex.CreateAsync();
        await using var watch = await WriterWatch.StartAsync(cluster);
        var killer = new Killer(cortex, cluster, TimeSpan.FromMilliseconds(later));
        await Place.Here.CrashAsync(cluster.Primary);
        await cluster.PromoteAtOnceAsync(cluster.Standby);

        await killer.UntilAsync(
            $"{cluster.Standby} is the primary and the old one follows",
            now => now?.Status is { Promotion: null, Fenced.Count: 0 } status && status.Primary == cluster.Standby && Cluster.Is(status, ConditionTypes.Ready, "True"));

        Assert.Contains(killer.Steps, step => step.StartsWith("begins the failover", StringComparison.Ordinal));
        Assert.Contains(killer.Steps, step => step == $"promotes {cluster.Standby}");
        Assert.Contains(killer.Steps, step => step == $"makes {cluster.Primary} a standby of {cluster.Standby}");
        await watch.DemandAsync(cluster.Primary, cluster.Standby);
        await DemandWritesAsync(cluster);
    }

    [Fact, Trait("Story", "EveryTarget")]
    public async Task A_switchover_that_is_killed_at_every_step_never_has_two_writers_and_loses_nothing()
    {
        await using var cortex = await OperatorUnderTest.StartAsync();
        await using var cluster = await cortex.CreateAsync();
        var access = await cluster.AccessAsync();
        await Psql.TextAsync(access.Dsn, "create table appended (number int primary key)");
        await using var watch = await WriterWatch.StartAsync(cluster);
        await using var appender = new Appender(access);
        await appender.AtLeastAsync(5, cluster.StoryAsync);
        var killer = new Killer(cortex, cluster, TimeSpan.Zero);
        await cluster.PromoteAsync(cluster.Standby);

        await killer.UntilAsync($"{cluster.Standby} is the primary", now => now?.Status is { Promotion: null } status && status.Primary == cluster.Standby, async now =>
        {
            // A hand-over that was cut off is given up, and waits for the wish to be made again.
            if (now?.Status is { AbandonedPromotion: not null, Promotion: null } && Cluster.Is(now.Status, ConditionTypes.PromotionBlocked, "True"))
            {
                await cluster.WishAsync(null);
                await cluster.WishAsync(cluster.Standby);
            }
        });

        Assert.Contains(killer.Steps, step => step.StartsWith($"stops {cluster.Primary} cleanly", StringComparison.Ordinal));
        await appender.AtLeastAsync(appender.Acknowledged.Count + 5, cluster.StoryAsync);
        await watch.DemandAsync(cluster.Primary, cluster.Standby);
        await appender.DemandAllAsync(access.Dsn);
    }

    private static async Task DemandWritesAsync(Cluster cluster) =>
        Assert.Equal("1", await Psql.TextAsync((await cluster.AccessAsync()).Dsn, "create table after (n int); insert into after values (1); select n from after"));

    /// <summary>Kills the operator once at every step that its log tells of, and starts it again.</summary>
    private sealed class Killer
    {
        private readonly OperatorUnderTest cortex;
        private readonly Cluster cluster;
        private readonly ConcurrentDictionary<string, bool> interrupted = new();

        public Killer(OperatorUnderTest cortex, Cluster cluster, TimeSpan later)
        {
            (this.cortex, this.cluster) = (cortex, cluster);
            cortex.OnLine = line =>
            {
                if (StepOf(line) is { } step && interrupted.TryAdd(step, true))
                {
                    _ = KillAsync(later);
                }
            };
        }

        public IReadOnlyCollection<string> Steps => [.. interrupted.Keys];

        public async Task UntilAsync(string what, Func<CortexCluster?, bool> asWished, Func<CortexCluster?, Task>? nudge = null)
        {
            var began = System.Diagnostics.Stopwatch.StartNew();
            while (true)
            {
                if (!cortex.Lives)
                {
                    await cortex.StartAgainAsync();
                }

                var now = await cortex.ReadAsync(cluster.Name);
                if (asWished(now))
                {
                    cortex.OnLine = null;
                    return;
                }

                if (began.Elapsed > Eventually.Limit * 2)
                {
                    Assert.Fail($"{what}: not after {interrupted.Count} kills\n{await cluster.StoryAsync()}");
                }

                await (nudge?.Invoke(now) ?? Task.CompletedTask);
                await Task.Delay(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
            }
        }

        private async Task KillAsync(TimeSpan later)
        {
            if (later > TimeSpan.Zero)
            {
                await Task.Delay(later);
            }

            cortex.Kill();
        }

        private string? StepOf(string line)
        {
            var mark = $"PlanExecutor[100] default/{cluster.Name} ";
            var at = line.IndexOf(mark, StringComparison.Ordinal);
            return at < 0 ? null : line[(at + mark.Length)..];
        }
    }
}
