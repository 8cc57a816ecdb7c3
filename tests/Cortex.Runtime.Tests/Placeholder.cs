namespace Cortex.Runtime.Tests;

public sealed class Placeholder
{
    [Fact]
    public void Builds() => Assert.NotEmpty(nameof(Placeholder));
}
