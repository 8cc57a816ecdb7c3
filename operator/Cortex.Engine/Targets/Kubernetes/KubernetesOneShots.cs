using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Runtime;
using k8s;
using k8s.Models;

namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>Pods that do one task and are removed. Their output is read from their log; it never contains a secret.</summary>
internal sealed class KubernetesOneShots(
    ApiConnection api,
    KubernetesObjects objects,
    KubernetesPods pods,
    RepositoryClaims repositories,
    UserSecrets userSecrets,
    TimeProvider clock)
{
    private const int ProgressLines = 40;

    private readonly ResourceClient<CortexCluster> clusters = new(api);

    private static readonly TimeSpan ReadingInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a busy node may take to write the last lines of an ended container into its log.</summary>
    private static readonly TimeSpan LogLimit = TimeSpan.FromSeconds(10);

    /// <summary>A pod that has not started after this time is reported with the reason; a volume or an image may take a moment.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    public async Task<OneShotResult> RunAsync(OneShot task, CancellationToken ct)
    {
        var pod = await CreateAsync(task, new PodRequest { Labels = Labels.Of(task.Cluster) }, ct);
        try
        {
            return await AwaitEndAsync(task, pod, ct);
        }
        finally
        {
            // Not cancelled, so that the pod is ended in any case. The next run waits until it is gone.
            await objects.Pods.DeleteAsync(ObjectKey.Of(pod), pod.Metadata.Uid, CancellationToken.None, graceSeconds: 1);
        }
    }

    /// <summary>Makes the pod, in place of an earlier one of its name; nothing waits for its end.</summary>
    public Task<V1Pod> StartAsync(OneShot work, PodRequest request, CancellationToken ct) =>
        CreateAsync(work, request with { IsLong = true }, ct);

    /// <summary>The pod of that name; null where it does not exist, or is being deleted.</summary>
    public async Task<UnattendedPod?> SeeAsync(ClusterKey cluster, string name, int limit, CancellationToken ct)
    {
        if (await pods.FindAsync(cluster, name, ct) is not { Metadata.DeletionTimestamp: null } pod)
        {
            return null;
        }

        return PodReading.ExitCodeOf(pod, OneShotPod.Container) is { } code
            ? new UnattendedPod(pod, code, await ReadLogAsync(pod, code, limit, ct))
            : new UnattendedPod(pod, null, "");
    }

    /// <summary>See <see cref="IJobs.ReadJobAsync"/>.</summary>
    public async Task<OneShotResult?> ReadAsync(ClusterKey cluster, string instance, CancellationToken ct) =>
        await pods.FindAsync(cluster, Names.OneShot(instance), ct) is { } pod
        && PodReading.ExitCodeOf(pod, OneShotPod.Container) is { } code
            ? new OneShotResult(code, await ReadLogAsync(pod, code, OneShotResult.OutputLimit, ct))
            : null;

    /// <summary>See <see cref="IJobs.TailJobAsync"/>.</summary>
    public async Task<string> TailAsync(ClusterKey cluster, string instance, CancellationToken ct) =>
        await pods.FindAsync(cluster, Names.OneShot(instance), ct) is { Status.Phase: "Running" or "Succeeded" or "Failed" } pod
            ? OutputEnd.Without(await ReadOnceAsync(pod, ProgressLines, OneShotResult.OutputLimit, ct))
            : "";

    public async Task EndAsync(ClusterKey cluster, string name, CancellationToken ct)
    {
        if (await pods.FindAsync(cluster, name, ct) is { } pod)
        {
            await pods.EndAsync(pod, TimeSpan.Zero, ct);
        }
    }

    private async Task<V1Pod> CreateAsync(OneShot task, PodRequest request, CancellationToken ct)
    {
        if (await pods.FindAsync(task.Cluster, task.Name, ct) is { } left)
        {
            await pods.EndAsync(left, TimeSpan.Zero, ct);
        }

        var node = task.Instance is { } instance ? (await pods.FindAsync(task.Cluster, instance, ct))?.Spec.NodeName : null;
        var place = node is null ? await repositories.PlaceOfAsync(task, ct) : new PodPlace(node, null);
        await userSecrets.AwaitDistributionAsync(task.Cluster, OneShotPod.UserSecretsOf(task), ct);
        var cluster = await clusters.GetAsync(new ObjectKey(task.Cluster.Namespace, task.Cluster.Name), ct);
        return await objects.Pods.ApplyAsync(OneShotPod.Render(task, request, place, cluster), KubernetesObjects.FieldManager, ct);
    }

    private async Task<OneShotResult> AwaitEndAsync(OneShot task, V1Pod pod, CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        long? started = null;
        await using var changes = objects.Pods.ChangesOf(ObjectKey.Of(pod), clock);
        while (true)
        {
            var now = await objects.Pods.GetAsync(ObjectKey.Of(pod), ct)
                ?? throw new TargetException($"pod {task.Name} was removed before its work was done");
            if (PodReading.Container(now, OneShotPod.Container)?.State?.Terminated is { } end)
            {
                return new OneShotResult(end.ExitCode, await ReadLogAsync(now, end.ExitCode, task.OutputLimit, ct));
            }

            if (now.Status?.Phase == "Failed")
            {
                var why = $"{now.Status.Reason} {now.Status.Message}".TrimEnd();
                throw new TargetException($"pod {task.Name} was ended by another program: {why}");
            }

            if (clock.GetElapsedTime(began) > StartLimit && PodReading.ProblemOf(now) is { } problem)
            {
                throw new TargetException($"pod {task.Name} cannot start: {problem}{await UnboundAsync(now, ct)}");
            }

            var runs = PodReading.Container(now, OneShotPod.Container)?.State?.Running is not null;
            started ??= runs ? clock.GetTimestamp() : null;
            if (started is { } start ? clock.GetElapsedTime(start) > task.Timeout : clock.GetElapsedTime(began) > task.Timeout + StartLimit)
            {
                return new OneShotResult(OneShotResult.Killed, runs ? await ReadOnceAsync(now, lines: null, task.OutputLimit, ct) : "");
            }

            await changes.NextAsync(KubernetesPods.PollInterval, ct);
        }
    }

    /// <summary>The claims that the pod waits for: the scheduler only says that there are some.</summary>
    private async Task<string> UnboundAsync(V1Pod pod, CancellationToken ct)
    {
        var unbound = "";
        foreach (var name in (pod.Spec.Volumes ?? []).Select(volume => volume.PersistentVolumeClaim?.ClaimName).OfType<string>())
        {
            var key = new ObjectKey(pod.Metadata.NamespaceProperty, name);
            if (await objects.Claims.GetAsync(key, ct) is { Status.Phase: not "Bound" } claim)
            {
                var storage = claim.Spec.StorageClassName is { } named ? $"storage class {named}" : "no storage class";
                unbound += $"; claim {name} of {storage} is {claim.Status.Phase}";
            }
        }

        return unbound;
    }

    /// <summary>The whole output. A container that was killed has left no mark: two readings have to agree.</summary>
    private async Task<string> ReadLogAsync(V1Pod pod, int code, int limit, CancellationToken ct)
    {
        var log = "";
        await Until.HoldsAsync(IsCompleteAsync, LogLimit, ReadingInterval, clock, ct);
        return OutputEnd.Without(log);

        async Task<bool> IsCompleteAsync()
        {
            var before = log;
            log = await ReadOnceAsync(pod, lines: null, limit, ct);
            return OutputEnd.IsIn(log) || (code == OneShotResult.Killed && log == before);
        }
    }

    private Task<string> ReadOnceAsync(V1Pod pod, int? lines, int limit, CancellationToken ct) =>
        LogTail.ReadAsync(api, ObjectKey.Of(pod), OneShotPod.Container, limit + OutputEnd.Length, lines, ct);
}

/// <summary>A pod that nothing waits for.</summary>
/// <param name="ExitCode">Null while it may run.</param>
/// <param name="Output">The end of its output; empty while it may run.</param>
internal sealed record UnattendedPod(V1Pod Pod, int? ExitCode, string Output)
{
    public string? StartProblem => ExitCode is null ? PodReading.ProblemOf(Pod) : null;
}
