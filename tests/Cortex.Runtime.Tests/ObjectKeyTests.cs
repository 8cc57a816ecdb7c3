namespace Cortex.Runtime.Tests;

public sealed class ObjectKeyTests
{
    [Theory, InlineData("shop", "orders", "shop/orders"), InlineData("", "node-1", "node-1")]
    public void A_key_reads_as_kubectl_writes_it(string ns, string name, string text) =>
        Assert.Equal(text, new ObjectKey(ns, name).ToString());
}
