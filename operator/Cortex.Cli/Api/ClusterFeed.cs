using System.Threading.Channels;
using Cortex.Core.Api;
using Cortex.Runtime;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cortex.Cli.Api;

/// <summary>Watches one cluster and delivers each of its states in order. A connection that breaks is opened again.</summary>
public sealed class ClusterFeed : IAsyncDisposable
{
    private readonly Channel<CortexCluster?> states = Channel.CreateUnbounded<CortexCluster?>();
    private readonly CancellationTokenSource end = new();
    private readonly Task running;

    internal ClusterFeed(ApiConnection connection, ClusterKey cluster, TimeProvider clock)
    {
        var informer = new Informer<CortexCluster>(
            connection,
            new InformerOptions { Namespace = cluster.Namespace },
            change =>
            {
                if (change.Key.Name == cluster.Name)
                {
                    states.Writer.TryWrite(change.Kind == ChangeKind.Deleted ? null : change.Item);
                }
            },
            clock,
            Random.Shared.NextDouble,
            NullLogger<Informer<CortexCluster>>.Instance);
        running = informer.RunAsync(end.Token);
    }

    /// <summary>Waits for the next state, at most for <paramref name="timeout"/>.</summary>
    /// <returns>Whether a state arrived, and the state; null if the cluster was deleted.</returns>
    public async Task<(bool Changed, CortexCluster? State)> NextAsync(TimeSpan timeout, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(timeout);
        try
        {
            return (true, await states.Reader.ReadAsync(limit.Token));
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return (false, null);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        await running;
        end.Dispose();
    }
}
