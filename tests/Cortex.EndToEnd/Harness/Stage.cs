using System.Collections.Concurrent;

namespace Cortex.EndToEnd.Harness;

/// <summary>
/// What tests share in one run: pairs that are lent, and an operator for tests that make a cluster of their own. There are never more pairs than tests that run at a time,
/// and nothing is made before a test asks for it.
/// </summary>
public sealed class Stage : IAsyncDisposable
{
    private readonly ConcurrentBag<Pair> free = [];
    private readonly Lazy<Task<OperatorUnderTest>> shared = new(() => OperatorUnderTest.StartAsync());

    /// <summary>The operator for clusters that one test makes. No test may stop it.</summary>
    public Task<OperatorUnderTest> OperatorAsync() => shared.Value;

    /// <summary>A pair that is Ready and at rest, for the caller alone until it is returned or discarded.</summary>
    public async Task<Pair> BorrowAsync()
    {
        if (!free.TryTake(out var pair))
        {
            pair = await Pair.MakeAsync();
        }

        await pair.Cluster.BeginAsync();
        return pair;
    }

    /// <summary>Takes a pair back. When it cannot be restored, the test that had it fails, and the next one gets another pair.</summary>
    public async Task ReturnAsync(Pair pair)
    {
        try
        {
            await Spending.MeasureAsync("returning", pair.Cluster.Name, pair.RestoreAsync);
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
        if (shared.IsValueCreated)
        {
            await (await shared.Value).DisposeAsync();
        }
    }
}
