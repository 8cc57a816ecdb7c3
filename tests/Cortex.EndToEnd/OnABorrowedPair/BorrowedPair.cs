using Cortex.EndToEnd.Harness;

namespace Cortex.EndToEnd.OnABorrowedPair;

/// <summary>
/// A test on a pair that other tests have used and will use. It may do to it whatever a cluster survives; afterwards the pair is made as it was, and the test fails when that is not
/// possible. A pair whose test failed is not used again.
/// </summary>
[Trait("Tier", "podman")]
public abstract class BorrowedPair(Stage stage) : IAsyncLifetime
{
    private Pair? pair;
    private Access? access;

    protected Cluster Cluster => pair!.Cluster;

    protected OperatorUnderTest Operator => pair!.Operator;

    /// <summary>The application's way in.</summary>
    protected Access Access => access!;

    public async ValueTask InitializeAsync()
    {
        pair = await stage.BorrowAsync();
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
            await stage.ReturnAsync(pair);
        }
    }
}
