using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd;

/// <summary>An operator for the stories of one class; each story makes its own cluster.</summary>
public sealed class RunningOperator : IAsyncLifetime
{
    private OperatorUnderTest? cortex;

    public OperatorUnderTest Operator => cortex!;

    public async ValueTask InitializeAsync() => cortex = await OperatorUnderTest.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (cortex is not null)
        {
            await cortex.DisposeAsync();
        }
    }
}
