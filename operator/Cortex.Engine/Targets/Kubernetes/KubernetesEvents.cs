using System.Runtime.CompilerServices;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>
/// Changes of the pods of instances, from a watch of the API server that is opened again whenever it ends. Only changes of the state of
/// PostgreSQL count; the operator itself changes roles, and probes do not matter.
/// </summary>
internal sealed partial class KubernetesEvents(k8s.Kubernetes client, string? ns, PodEnds ends, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private static readonly string Selector = $"{Labels.ManagedBy}={Labels.ManagedByValue},{Labels.Cluster}";

    public async IAsyncEnumerable<ClusterKey> WatchAsync([EnumeratorCancellation] CancellationToken ct)
    {
        var known = new Dictionary<string, string>();
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            await using var events = Open(ct).GetAsyncEnumerator(ct);
            while (await NextAsync(events, ct) is { } pod)
            {
                var deleted = events.Current.Type == WatchEventType.Deleted;
                if (IsOfInstance(pod))
                {
                    ends.Note(pod, deleted);
                }

                if (IsChange(known, pod, deleted) && Labels.Owner(pod.Metadata.Labels as IReadOnlyDictionary<string, string>) is { } owner)
                {
                    yield return owner;
                }
            }

            await Task.Delay(RetryDelay, clock, ct);
        }
    }

    private static bool IsOfInstance(V1Pod pod) => pod.Metadata.Labels.ContainsKey(Labels.Instance);

    private static bool IsOther(V1Pod pod) => pod.Metadata.Labels.ContainsKey(Labels.Workload);

    /// <summary>Whether a pod reports another state than before. One-shots are left out: their callers wait for them.</summary>
    private static bool IsChange(Dictionary<string, string> known, V1Pod pod, bool deleted)
    {
        if (!IsOfInstance(pod) && !pod.Metadata.Labels.ContainsKey(Labels.JobOf) && !IsOther(pod))
        {
            return false;
        }

        var signature = Signature(pod);
        var isChange = !known.TryGetValue(pod.Metadata.Uid, out var before) || before != signature;
        known[pod.Metadata.Uid] = signature;
        if (deleted)
        {
            known.Remove(pod.Metadata.Uid);
        }

        return isChange;
    }

    private IAsyncEnumerable<(WatchEventType Type, V1Pod Pod)> Open(CancellationToken ct) => ns is null
        ? client.CoreV1.WatchListPodForAllNamespacesAsync(labelSelector: Selector, onError: Unreadable, cancellationToken: ct)
        : client.CoreV1.WatchListNamespacedPodAsync(ns, labelSelector: Selector, onError: Unreadable, cancellationToken: ct);

    /// <summary>Null when the watch has ended for any reason.</summary>
    private async Task<V1Pod?> NextAsync(IAsyncEnumerator<(WatchEventType Type, V1Pod Pod)> events, CancellationToken ct)
    {
        try
        {
            return await events.MoveNextAsync() ? events.Current.Pod : null;
        }
        catch (Exception end) when (!ct.IsCancellationRequested
            && end is HttpOperationException or HttpRequestException or IOException or KubernetesException or OperationCanceledException)
        {
            WatchEnded(end.Message);
            return null;
        }
    }

    private void Unreadable(Exception cause) => WatchEnded(cause.Message);

    private static string Signature(V1Pod pod)
    {
        if (IsOther(pod))
        {
            return $"{pod.Status?.Phase} {PodReading.ProblemOf(pod)}";
        }

        if (!IsOfInstance(pod))
        {
            return $"{PodReading.ExitCodeOf(pod, OneShotPod.Container)} {PodReading.ProblemOf(pod)}";
        }

        var postgres = PodReading.Postgres(pod);
        var (started, finished) = (postgres?.State?.Running?.StartedAt, postgres?.State?.Terminated?.FinishedAt);
        return $"{pod.Metadata.DeletionTimestamp:O} {pod.Status?.Phase} {started:O} {finished:O} {PodReading.ProblemOf(pod)}";
    }

    [LoggerMessage(331, LogLevel.Debug, "the watch of pods ended and is opened again: {Why}")]
    private partial void WatchEnded(string why);
}
