using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>A test in which the making or the removal of a cluster matters. It makes one with <see cref="Operator"/>, which other tests use at the same time.</summary>
[Trait("Tier", "podman")]
public abstract class OwnCluster(Stage stage) : IAsyncLifetime
{
    private OperatorUnderTest? cortex;

    protected OperatorUnderTest Operator => cortex!;

    public async ValueTask InitializeAsync() => cortex = await stage.OperatorAsync();

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
