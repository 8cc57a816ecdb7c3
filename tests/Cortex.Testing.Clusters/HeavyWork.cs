namespace Cortex.Testing.Clusters;

/// <summary>
/// Work that uses both processors of a small machine: initdb with a base backup, an image, much WAL. Only one test at a time does such
/// work, so that the waits of the other test take their usual time.
/// </summary>
public static class HeavyWork
{
    private static readonly SemaphoreSlim Gate = new(1);

    public static async Task<T> DoAsync<T>(Func<Task<T>> work)
    {
        await Gate.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            return await work();
        }
        finally
        {
            Gate.Release();
        }
    }
}
