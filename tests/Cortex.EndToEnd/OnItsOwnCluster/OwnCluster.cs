using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnItsOwnCluster;

/// <summary>
/// A test about the creation or the removal of a cluster. It creates one with <see cref="Operator"/>, which other tests use at the same
/// time.
/// </summary>
[Trait("Tier", "podman")]
public abstract class OwnCluster(SharedClusters shared) : IAsyncLifetime
{
    private OperatorUnderTest? cortex;

    protected OperatorUnderTest Operator => cortex!;

    public async ValueTask InitializeAsync() => cortex = await shared.OperatorAsync();

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
