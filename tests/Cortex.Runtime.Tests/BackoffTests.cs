using FsCheck;
using FsCheck.Fluent;

namespace Cortex.Runtime.Tests;

public sealed class BackoffTests
{
    private static readonly BackoffPolicy Policy = BackoffPolicy.Default;

    [Fact]
    public void Every_delay_is_between_half_of_the_doubled_base_and_all_of_it_and_never_above_the_cap() =>
        Check.One(
            Config.QuickThrowOnFailure,
            Prop.ForAll(ArbMap.Default.ArbFor<PositiveInt>(), ArbMap.Default.ArbFor<byte>(), (failures, jitter) =>
        {
            var full = Math.Min(Policy.Base.TotalSeconds * Math.Pow(2, Math.Min(failures.Get - 1, 62)), Policy.Cap.TotalSeconds);
            var delay = Policy.After(failures.Get, jitter / 256.0).TotalSeconds;
            return delay >= full / 2 - 1e-6 && delay <= full + 1e-6;
        }));

    [Theory, InlineData(1, 0.05), InlineData(2, 0.1), InlineData(5, 0.8), InlineData(11, 30), InlineData(int.MaxValue, 30)]
    public void Without_jitter_the_delay_is_half_of_the_doubled_base(int failures, double seconds) =>
        Assert.Equal(seconds, Policy.After(failures, 0).TotalSeconds, 6);

    [Fact]
    public void Failures_are_counted_by_key()
    {
        var backoff = new Backoff(Policy, () => 0);
        ObjectKey orders = new("shop", "orders"), stock = new("shop", "stock");
        Assert.Equal(Policy.After(1, 0), backoff.Next(orders));
        Assert.Equal(Policy.After(2, 0), backoff.Next(orders));
        Assert.Equal(Policy.After(1, 0), backoff.Next(stock));
        backoff.Forget(orders);
        Assert.Equal(Policy.After(1, 0), backoff.Next(orders));
        Assert.Equal(Policy.After(2, 0), backoff.Next(stock));
    }
}
