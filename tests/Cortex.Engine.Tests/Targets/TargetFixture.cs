using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Targets;
using k8s.Models;

namespace Cortex.Engine.Tests.Targets;

/// <summary>A cluster name of its own for each test; all objects of the cluster are removed afterwards.</summary>
public abstract class TargetFixture : IAsyncLifetime
{
    /// <summary>Runs until it gets a signal; the exit code says whether that was SIGINT or SIGTERM.</summary>
    protected const string Server = $"trap 'exit 3' INT; trap 'exit 4' TERM; echo {Listens}; while :; do sleep 0.02; done";

    /// <summary>Ends only by SIGKILL.</summary>
    protected const string IgnoresSignals = $"trap '' INT TERM; echo {Listens}; while :; do sleep 0.02; done";

    protected const string Listens = "signals are handled";

    protected static readonly string Image = Environment.GetEnvironmentVariable("CORTEX_TEST_IMAGE") ?? ClusterSpec.DefaultImage;

    protected static readonly (int Uid, int Gid) Account = (4711, 4712);

    protected static readonly VolumeRequest OwnVolume = new(Account.Uid, Account.Gid, new StorageSpec { Size = "64Mi" });

    /// <summary>Different for each test and each run.</summary>
    protected ClusterKey Cluster { get; } = new("contract", $"ct{Guid.NewGuid().ToString("N")[..8]}");

    protected string Primary => Names.Instance(Cluster.Name, 0);

    protected abstract IExecutionTarget Target { get; }

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>
    /// Whether pods have a second container, as rootful pods of Podman have (ADR 4). Podman 4.3 ends a pod without it a moment after its
    /// last container has exited, and also a container that was started in the meantime (libpod/pod_api.go, stopIfOnlyInfraRemains): on a
    /// busy machine such a pod does not keep running.
    /// </summary>
    protected virtual bool Held => true;

    /// <summary>Whether the target is available, so that there may be objects to remove.</summary>
    protected bool Ready { get; set; }

    public abstract ValueTask InitializeAsync();

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (!Ready)
        {
            return;
        }

        foreach (var instance in Names.Instances(Cluster.Name, 3))
        {
            await Target.DeletePodAsync(Cluster, instance, CancellationToken.None);
            await Target.DeleteVolumeAsync(Cluster, instance, CancellationToken.None);
        }

        foreach (var secret in Names.Secrets(Cluster.Name, 3))
        {
            await Target.DeleteSecretAsync(Cluster, secret, CancellationToken.None);
        }

        await Target.DeleteNetworkAsync(Cluster, CancellationToken.None);
    }

    protected async Task StartAsync(string script)
    {
        await Target.EnsureNetworkAsync(Cluster, Ct);
        await Target.EnsureVolumeAsync(Cluster, Primary, OwnVolume, Ct);
        await Target.StartPodAsync(Cluster, Pod(script), Ct);
        await StartedAsync();
    }

    /// <summary>Waits for the start, which the target only requests.</summary>
    private Task StartedAsync() => Eventually.HoldsAsync(
        "the pod has started",
        async () => (await Target.ListAsync(Cluster, Ct)).Pod(Primary)
            is { State: PodState.Running or PodState.Exited } or { Restarts: > 0 });

    protected async Task StartListeningAsync(string script)
    {
        await StartAsync(script);
        await ListensAsync();
    }

    /// <summary>
    /// Returns when the script handles signals: before that, the kernel delivers to the first process of a container only signals that it
    /// handles.
    /// </summary>
    protected Task ListensAsync() => Eventually.HoldsAsync(
        "the script handles signals",
        async () => (await Target.ReadLogAsync(Cluster, Primary, Ct)).Contains(Listens, StringComparison.Ordinal));

    /// <summary>
    /// Runs the script as the owner of the volume, so that it may write there; by number, because Podman 4.3 cannot copy files of an
    /// account that it knows only by name.
    /// </summary>
    protected async Task StartAsOwnerAsync(string script)
    {
        var pod = Pod(script);
        pod.Spec.Containers[0].SecurityContext = new() { RunAsUser = Account.Uid, RunAsGroup = Account.Gid };
        await Target.EnsureNetworkAsync(Cluster, Ct);
        await Target.EnsureVolumeAsync(Cluster, Primary, OwnVolume, Ct);
        await Target.StartPodAsync(Cluster, pod, Ct);
        await StartedAsync();
    }

    protected OneShot Work(string script) => new()
    {
        Cluster = Cluster,
        Name = Names.OneShot(Primary),
        Image = Image,
        Script = script,
    };

    private V1Container Hold() =>
        InstancePod.Render(Cluster, new ClusterSpec { Image = Image }, Primary, new ImageFacts("", "", 0, Account.Uid, Account.Gid))
        .Spec.Containers.Single(container => container.Name == Names.HoldContainer);

    /// <summary>A pod as the operator makes it, with a script instead of PostgreSQL; it is restarted after every end.</summary>
    protected V1Pod Pod(string script) => new()
    {
        ApiVersion = V1Pod.KubeApiVersion,
        Kind = V1Pod.KubeKind,
        Metadata = new V1ObjectMeta { Name = Primary, Labels = Labels.Of(Cluster, Primary) },
        Spec = new V1PodSpec
        {
            RestartPolicy = "Always",
            Containers =
            [
                new V1Container
                {
                    Name = Names.PostgresContainer,
                    Image = Image,
                    ImagePullPolicy = "IfNotPresent",
                    Command = ["sh", "-c", script],
                    VolumeMounts = [new V1VolumeMount { Name = "data", MountPath = Paths.Volume }],
                },
                .. Held ? new[] { Hold() } : [],
            ],
            Volumes =
            [
                new V1Volume
                {
                    Name = "data",
                    PersistentVolumeClaim = new V1PersistentVolumeClaimVolumeSource { ClaimName = Names.Volume(Primary) },
                },
            ],
        },
    };
}
