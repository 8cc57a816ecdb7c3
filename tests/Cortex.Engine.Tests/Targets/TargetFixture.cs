using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Targets;
using k8s.Models;

namespace Cortex.Engine.Tests.Targets;

/// <summary>A cluster's name of one's own on a target, and nothing left of it afterwards.</summary>
public abstract class TargetFixture : IAsyncLifetime
{
    /// <summary>Ends by itself on nothing; SIGINT and SIGTERM are told apart by the exit code.</summary>
    protected const string Server = $"trap 'exit 3' INT; trap 'exit 4' TERM; echo {Listens}; while :; do sleep 0.02; done";

    /// <summary>Ends by SIGKILL alone.</summary>
    protected const string Deaf = $"trap '' INT TERM; echo {Listens}; while :; do sleep 0.02; done";

    protected const string Listens = "signals are handled";

    protected static readonly string Image = Environment.GetEnvironmentVariable("CORTEX_TEST_IMAGE") ?? ClusterSpec.DefaultImage;

    protected static readonly (int Uid, int Gid) Somebody = (4711, 4712);

    protected static readonly VolumeRequest Own = new(Somebody.Uid, Somebody.Gid, new StorageSpec { Size = "64Mi" });

    /// <summary>No two tests, and no two runs, meet each other.</summary>
    protected ClusterKey Cluster { get; } = new("contract", $"ct{Guid.NewGuid().ToString("N")[..8]}");

    protected string Primary => Names.Instance(Cluster.Name, 0);

    protected abstract IExecutionTarget Target { get; }

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>
    /// As Podman's pods are, rootful (ADR 4). Podman 4.3 ends one without it a moment after its last container exited, and with it what was
    /// started meanwhile (libpod/pod_api.go, stopIfOnlyInfraRemains): on a busy machine such a pod does not stay up.
    /// </summary>
    protected virtual bool Held => true;

    /// <summary>Whether the target is there, so that there may be something to remove.</summary>
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
        await Target.EnsureVolumeAsync(Cluster, Primary, Own, Ct);
        await Target.StartPodAsync(Cluster, Pod(script), Ct);
        await StartedAsync();
    }

    /// <summary>A start is ordered and not waited for.</summary>
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
    /// Returns when the script handles signals: before that, the kernel gives the first process of a container none that it does not
    /// handle.
    /// </summary>
    protected Task ListensAsync() => Eventually.HoldsAsync(
        "the script handles signals",
        async () => (await Target.ReadLogAsync(Cluster, Primary, Ct)).Contains(Listens, StringComparison.Ordinal));

    /// <summary>
    /// The same as the volume's owner, so that the script may write there; by number, since Podman 4.3 reads files of nobody whom it knows
    /// by name only.
    /// </summary>
    protected async Task StartAsOwnerAsync(string script)
    {
        var pod = Pod(script);
        pod.Spec.Containers[0].SecurityContext = new() { RunAsUser = Somebody.Uid, RunAsGroup = Somebody.Gid };
        await Target.EnsureNetworkAsync(Cluster, Ct);
        await Target.EnsureVolumeAsync(Cluster, Primary, Own, Ct);
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
        InstancePod.Render(Cluster, new ClusterSpec { Image = Image }, Primary, new ImageFacts("", "", 0, Somebody.Uid, Somebody.Gid))
        .Spec.Containers.Single(one => one.Name == Names.HoldContainer);

    /// <summary>A pod as the operator makes it, with a script in PostgreSQL's place; it restarts whatever its end.</summary>
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
