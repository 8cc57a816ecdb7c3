using Cortex.Core.Naming;
using Cortex.Core.Planning;
using k8s.Models;

namespace Cortex.Engine.Tests.Targets;

/// <summary>What every target promises of pods that are not instances, such as a pooler.</summary>
public abstract class WorkloadContract : TargetFixture
{
    private const string Purpose = "pooler";

    private string Other => $"{Cluster.Name}-{Purpose}";

    [Fact]
    public async Task A_pod_that_is_not_an_instance_is_listed_and_never_taken_for_an_instance()
    {
        await StartAsync(Server);
        for (var round = 0; round < 2; round++)
        {
            await Target.StartPodAsync(Cluster, OtherPod(Server), Ct);
        }

        Assert.Equal(PodState.Running, (await SeenAsync(PodState.Running)).State);
        var seen = await Target.ListAsync(Cluster, Ct);
        Assert.Equal(Primary, Assert.Single(seen.Pods).Instance);
        Assert.Equal(Primary, Assert.Single(seen.Volumes).Instance);
        Assert.Empty(seen.Jobs);
        Assert.Empty(seen.Foreign);

        await Target.StopPodAsync(Cluster, Primary, TimeSpan.Zero, Ct);
        Assert.Equal(
            new OtherPodSeen(new Workload(WorkloadKind.Other, Other), PodState.Running),
            Assert.Single((await Target.ListAsync(Cluster, Ct)).OtherPods));
        for (var round = 0; round < 2; round++)
        {
            await Target.DeletePodAsync(Cluster, Other, Ct);
            Assert.Empty((await Target.ListAsync(Cluster, Ct)).OtherPods);
        }
    }

    [Fact]
    public async Task A_pod_that_is_not_an_instance_goes_with_the_network()
    {
        await Target.EnsureNetworkAsync(Cluster, Ct);
        await Target.StartPodAsync(Cluster, OtherPod(Server), Ct);

        await Target.DeleteNetworkAsync(Cluster, Ct);

        Assert.Empty((await Target.ListAsync(Cluster, Ct)).OtherPods);
    }

    [Fact]
    public async Task The_end_of_a_pod_that_is_not_an_instance_is_reported()
    {
        await Target.EnsureNetworkAsync(Cluster, Ct);
        using var stopped = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var reported = new TaskCompletionSource();
        var watching = Task.Run(
            async () =>
            {
                await foreach (var key in Target.WatchAsync(stopped.Token))
                {
                    if (key == Cluster && (await Target.ListAsync(Cluster, Ct)).OtherPods is [{ State: PodState.Exited }])
                    {
                        reported.TrySetResult();
                    }
                }
            },
            Ct);
        // One pod after the other, until one ends while the watch is open.
        while (await Task.WhenAny(reported.Task, Task.Delay(TimeSpan.FromSeconds(3), Ct)) != reported.Task)
        {
            Assert.False(watching.IsCompleted);
            await Target.DeletePodAsync(Cluster, Other, Ct);
            await Target.StartPodAsync(Cluster, OtherPod("sleep 1"), Ct);
        }

        await stopped.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
    }

    private Task<OtherPodSeen> SeenAsync(PodState state) => Eventually.GetAsync(
        $"the pod is {state}", async () => (await Target.ListAsync(Cluster, Ct)).OtherPods.SingleOrDefault(pod => pod.State == state));

    /// <summary>Not a server, and without a volume. It is not restarted.</summary>
    private V1Pod OtherPod(string script) => new()
    {
        ApiVersion = V1Pod.KubeApiVersion,
        Kind = V1Pod.KubeKind,
        Metadata = new V1ObjectMeta
        {
            Name = Other, Labels = new Dictionary<string, string>(Labels.Of(Cluster)) { [Labels.Workload] = Purpose },
        },
        Spec = new V1PodSpec
        {
            RestartPolicy = "Never",
            Containers =
            [
                new V1Container { Name = "trial", Image = Image, ImagePullPolicy = "IfNotPresent", Command = ["sh", "-c", script] },
            ],
        },
    };
}
