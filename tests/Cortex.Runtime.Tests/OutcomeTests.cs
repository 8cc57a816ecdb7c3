namespace Cortex.Runtime.Tests;

public sealed class OutcomeTests
{
    private static readonly Outcome Done = new Outcome.Done();
    private static readonly Outcome Soon = new Outcome.LookAgain(TimeSpan.FromSeconds(1), "soon"), Later = new Outcome.LookAgain(
        TimeSpan.FromSeconds(9), "later");

    [Fact]
    public void The_soonest_look_wins_in_either_order()
    {
        Assert.Equal(Soon, Soon.Or(Later));
        Assert.Equal(Soon, Later.Or(Soon));
        Assert.Equal(Later, Done.Or(Later));
        Assert.Equal(Later, Later.Or(Done));
        Assert.Equal(Done, Done.Or(Done));
    }

    [Fact]
    public void Of_two_looks_at_the_same_time_the_first_reason_stays() =>
        Assert.Equal(Soon, Soon.Or(new Outcome.LookAgain(TimeSpan.FromSeconds(1), "other")));

    [Theory, InlineData("shop", "orders", "shop/orders"), InlineData("", "node-1", "node-1")]
    public void A_key_reads_as_kubectl_writes_it(string ns, string name, string text) =>
        Assert.Equal(text, new ObjectKey(ns, name).ToString());
}
