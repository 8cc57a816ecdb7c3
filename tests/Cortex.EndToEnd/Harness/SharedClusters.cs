using System.Collections.Concurrent;

namespace Cortex.EndToEnd.Harness;

/// <summary>
/// The clusters that tests of one run share: pairs that are lent, and an operator for tests that create their own clusters. There are never
/// more pairs than tests that run at the same time, and nothing is created before a test asks for it.
/// </summary>
public sealed class SharedClusters : IAsyncDisposable
{
    private readonly ConcurrentBag<Pair> free = [];
    private readonly Lazy<Task<OperatorUnderTest>> sharedOperator = new(() => OperatorUnderTest.StartAsync());

    /// <summary>The operator for clusters of single tests. No test may stop it.</summary>
    public Task<OperatorUnderTest> OperatorAsync() => sharedOperator.Value;

    /// <summary>A pair in a steady state, for the caller alone until it is returned or discarded.</summary>
    public async Task<Pair> BorrowAsync()
    {
        if (!free.TryTake(out var pair))
        {
            pair = await Pair.MakeAsync();
        }

        await pair.Cluster.BeginAsync();
        return pair;
    }

    /// <summary>Takes a pair back. If it cannot be restored, the test that used it fails, and the next test gets another pair.</summary>
    public async Task ReturnAsync(Pair pair)
    {
        try
        {
            await ClusterTimes.MeasureAsync("resetting", pair.Cluster.Name, pair.RestoreAsync);
        }
        catch
        {
            await pair.DisposeAsync();
            throw;
        }

        free.Add(pair);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(free.Select(pair => pair.DisposeAsync().AsTask()));
        if (sharedOperator.IsValueCreated)
        {
            await (await sharedOperator.Value).DisposeAsync();
        }
    }
}
