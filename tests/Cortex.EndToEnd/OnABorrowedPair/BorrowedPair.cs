using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnABorrowedPair;

/// <summary>
/// A test on a pair that other tests use before and after it. It may do everything that a cluster survives. Afterwards the pair is
/// restored, and the test fails if that is not possible. A pair is not used again after a failed test.
/// </summary>
[Trait("Tier", "podman")]
public abstract class BorrowedPair(SharedClusters shared) : IAsyncLifetime
{
    private Pair? pair;
    private Access? access;

    protected Cluster Cluster => pair!.Cluster;

    protected OperatorUnderTest Operator => pair!.Operator;

    /// <summary>What the application needs to connect.</summary>
    protected Access Access => access!;

    public async ValueTask InitializeAsync()
    {
        pair = await shared.BorrowAsync();
        access = await pair.Cluster.AccessAsync();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (pair is null)
        {
            return;
        }

        if (TestContext.Current.TestState?.Result == TestResult.Failed)
        {
            await pair.DisposeAsync();
        }
        else
        {
            await shared.ReturnAsync(pair);
        }
    }
}
