using System.Runtime.CompilerServices;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>
/// What happens to instances' pods, as the API tells it: a watch that is opened again whenever it ends. Only what says something new of PostgreSQL counts; roles and probes are ours or of no interest.
/// </summary>
internal sealed partial class KubernetesEvents(k8s.Kubernetes client, string? ns, PodEnds ends, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly string Selector = $"{Labels.ManagedBy}={Labels.ManagedByValue},{Labels.Instance}";

    public async IAsyncEnumerable<ClusterKey> WatchAsync([EnumeratorCancellation] CancellationToken ct)
    {
        var known = new Dictionary<string, string>();
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            await using var events = Open(ct).GetAsyncEnumerator(ct);
            while (await NextAsync(events, ct) is { } pod)
            {
                var (name, says) = (pod.Metadata.Uid, Signature(pod));
                if (PodReading.ReadJob(pod) is null)
                {
                    ends.Note(pod, deleted: events.Current.Type == WatchEventType.Deleted);
                }

                if ((!known.TryGetValue(name, out var before) || before != says) && Labels.Owner(pod.Metadata.Labels as IReadOnlyDictionary<string, string>) is { } owner)
                {
                    known[name] = says;
                    yield return owner;
                }
            }

            await Task.Delay(Pause, clock, ct);
        }
    }

    private IAsyncEnumerable<(WatchEventType Type, V1Pod Pod)> Open(CancellationToken ct) => ns is null
        ? client.CoreV1.WatchListPodForAllNamespacesAsync(labelSelector: Selector, onError: Unreadable, cancellationToken: ct)
        : client.CoreV1.WatchListNamespacedPodAsync(ns, labelSelector: Selector, onError: Unreadable, cancellationToken: ct);

    /// <summary>Null when the watch has ended, however.</summary>
    private async Task<V1Pod?> NextAsync(IAsyncEnumerator<(WatchEventType Type, V1Pod Pod)> events, CancellationToken ct)
    {
        try
        {
            return await events.MoveNextAsync() ? events.Current.Pod : null;
        }
        catch (Exception end) when (!ct.IsCancellationRequested && end is HttpOperationException or HttpRequestException or IOException or KubernetesException or OperationCanceledException)
        {
            Unheard(end.Message);
            return null;
        }
    }

    private void Unreadable(Exception cause) => Unheard(cause.Message);

    private static string Signature(V1Pod pod)
    {
        if (PodReading.ReadJob(pod) is { } job)
        {
            return $"{job.ExitCode} {job.Trouble}";
        }

        var postgres = PodReading.Postgres(pod);
        return $"{pod.Metadata.DeletionTimestamp:O} {pod.Status?.Phase} {postgres?.State?.Running?.StartedAt:O} {postgres?.State?.Terminated?.FinishedAt:O} {PodReading.TroubleOf(pod)}";
    }

    [LoggerMessage(331, LogLevel.Debug, "the watch of pods ended and is opened again: {Why}")]
    private partial void Unheard(string why);
}
