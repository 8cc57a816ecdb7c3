using System.Net;
using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Targets;
using Cortex.Engine.Targets.Kubernetes;
using Cortex.Runtime;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cortex.Engine.Tests.Targets;

/// <summary>The contract on the Kubernetes cluster that CORTEX_TEST_KUBECONFIG names, with an operator outside of it.</summary>
[Trait("Tier", "kubernetes")]
public sealed class KubernetesTargetContract : TargetContract
{
    private static readonly string? Kubeconfig = Environment.GetEnvironmentVariable("CORTEX_TEST_KUBECONFIG");

    private Kubernetes? client;
    private KubernetesTarget? target;

    protected override IExecutionTarget Target => target!;

    protected override bool Held => false;

    protected override TargetTraits Traits { get; } = new(
        KeepsStopped: false,
        KillsAtOnce: false,
        StartsAtOnce: false,
        OwnNetwork: false,
        TellsImages: false,
        SharesNames: false,
        SecretMode: "440 0 4712");

    public override async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(Kubeconfig is { Length: > 0 }, "CORTEX_TEST_KUBECONFIG names no cluster; ./cortex test kubernetes brings one up");
        client = new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(Kubeconfig));
        target = new KubernetesTarget(
            new ApiConnection(client, TimeProvider.System),
            new KubernetesOptions(null, Inside: false),
            TimeProvider.System,
            NullLoggerFactory.Instance);
        try
        {
            await client.CoreV1.CreateNamespaceAsync(
                new V1Namespace { Metadata = new() { Name = Cluster.Namespace } }, cancellationToken: Ct);
        }
        catch (HttpOperationException there) when (there.Response.StatusCode == HttpStatusCode.Conflict)
        {
            // Another test has made the namespace.
        }

        Ready = true;
    }

    [Fact]
    public async Task A_pod_of_another_owner_under_a_name_of_the_cluster_is_never_changed()
    {
        var pod = Pod(Server);
        pod.Metadata.Labels = null;
        pod.Metadata.NamespaceProperty = Cluster.Namespace;
        pod.Spec.Volumes = null;
        pod.Spec.Containers[0].VolumeMounts = null;
        await client!.CoreV1.CreateNamespacedPodAsync(pod, Cluster.Namespace, cancellationToken: Ct);
        try
        {
            await Assert.ThrowsAsync<ForeignObjectException>(() => Target.StartPodAsync(Cluster, Pod(Server), Ct));
            await Assert.ThrowsAsync<ForeignObjectException>(() => Target.StopPodAsync(Cluster, Primary, TimeSpan.Zero, Ct));
            await Assert.ThrowsAsync<ForeignObjectException>(() => Target.DeletePodAsync(Cluster, Primary, Ct));
            Assert.Null(
                (await client.CoreV1.ReadNamespacedPodAsync(Primary, Cluster.Namespace, cancellationToken: Ct)).Metadata.DeletionTimestamp);
        }
        finally
        {
            await client.CoreV1.DeleteNamespacedPodAsync(Primary, Cluster.Namespace, gracePeriodSeconds: 0, cancellationToken: Ct);
        }
    }

    [Fact]
    public async Task A_volume_that_is_being_deleted_counts_as_gone_and_is_made_again_afterwards()
    {
        await StartAsync(Server);
        var first = await ClaimAsync();
        await Target.DeleteVolumeAsync(Cluster, Primary, Ct);
        Assert.NotNull((await ClaimAsync()).Metadata.DeletionTimestamp);
        Assert.Empty((await Target.ListAsync(Cluster, Ct)).Volumes);

        await Target.StopPodAsync(Cluster, Primary, TimeSpan.Zero, Ct);
        await Target.EnsureVolumeAsync(Cluster, Primary, OwnVolume, Ct);

        Assert.NotEqual(first.Metadata.Uid, (await ClaimAsync()).Metadata.Uid);
        Assert.Single((await Target.ListAsync(Cluster, Ct)).Volumes);

        Task<V1PersistentVolumeClaim> ClaimAsync() =>
            client!.CoreV1.ReadNamespacedPersistentVolumeClaimAsync(Names.Volume(Primary), Cluster.Namespace, cancellationToken: Ct);
    }

    [Fact]
    public async Task A_volume_grows_and_a_refusal_to_shrink_is_listed_for_a_while()
    {
        await StartAsync(Server);
        var claimed = await client!.CoreV1.ReadNamespacedPersistentVolumeClaimAsync(
            Names.Volume(Primary), Cluster.Namespace, cancellationToken: Ct);
        Assert.SkipUnless(
            (await client.StorageV1.ReadStorageClassAsync(
                claimed.Spec.StorageClassName, cancellationToken: Ct)).AllowVolumeExpansion == true,
            $"the storage class {claimed.Spec.StorageClassName} of this cluster lets no volume grow");

        Assert.Null(await target!.GrowVolumeAsync(Cluster, Primary, "96Mi", Ct));
        Assert.Equal(("96Mi", null), await SeenAsync());
        var why = await target!.GrowVolumeAsync(Cluster, Primary, "64Mi", Ct);
        Assert.NotEmpty(why!);
        Assert.Equal(("96Mi", new GrowthRefused("64Mi", why!)), await SeenAsync());

        async Task<(string?, GrowthRefused?)> SeenAsync() =>
            Assert.Single((await Target.ListAsync(Cluster, Ct)).Volumes) is var seen ? (seen.Size, seen.Refused) : default;
    }

    [Fact]
    public async Task The_claim_of_a_repository_is_made_if_its_size_is_known_and_belongs_to_no_cluster()
    {
        var repository = new DirectoryRepositorySpec { Volume = $"{Cluster.Name}-backups", AccessMode = ClaimAccessMode.ReadWriteOnce };
        var missing = await Assert.ThrowsAsync<TargetException>(() => target!.EnsureRepositoryAsync(Cluster, repository, Ct));
        Assert.Contains(repository.Volume, missing.Message, StringComparison.Ordinal);
        var reader = Work("true") with { Name = Names.Archivist(Cluster.Name), Repository = repository.Volume, OnlyReadsRepository = true };
        await Assert.ThrowsAsync<TargetException>(() => Target.RunOneShotAsync(reader, Ct));
        await StartAsync(Server);
        await Assert.ThrowsAsync<ForeignObjectException>(
            () => target!.EnsureRepositoryAsync(Cluster, repository with { Volume = Names.Volume(Primary) }, Ct));

        try
        {
            await target!.EnsureRepositoryAsync(Cluster, repository with { Size = "64Mi" }, Ct);
            await target!.EnsureRepositoryAsync(Cluster, repository, Ct);
            await Target.DeletePodAsync(Cluster, Primary, Ct);
            await Target.DeleteVolumeAsync(Cluster, Primary, Ct);
            await Target.DeleteNetworkAsync(Cluster, Ct);

            var kept = await client!.CoreV1.ReadNamespacedPersistentVolumeClaimAsync(
                repository.Volume, Cluster.Namespace, cancellationToken: Ct);
            Assert.Null(kept.Metadata.DeletionTimestamp);
            Assert.Equal(["ReadWriteOnce"], kept.Spec.AccessModes);
        }
        finally
        {
            await client!.CoreV1.DeleteNamespacedPersistentVolumeClaimAsync(
                repository.Volume, Cluster.Namespace, cancellationToken: CancellationToken.None);
        }
    }

    [Fact]
    public async Task A_new_content_of_a_users_secret_is_a_new_version_and_is_what_the_next_pod_gets()
    {
        var name = $"{Cluster.Name}-of-user";
        var work = Work("cd /run/secrets; ls user-* 2>/dev/null; cat user-*/passphrase || echo none") with
        {
            Secrets = RepositorySecrets.Mounts([name]),
            User = Account,
        };
        Assert.Empty(await Target.VersionsAsync(Cluster, [name], Ct));
        var without = (await Target.RunOneShotAsync(work, Ct)).OrThrow("a pod without the secret");
        Assert.EndsWith("none\n", without.Output, StringComparison.Ordinal);

        try
        {
            HashSet<string> versions = [];
            foreach (var content in new[] { "first", "second" })
            {
                await StoreAsync(labels: null, content);
                Assert.True(versions.Add(Assert.Single(await Target.VersionsAsync(Cluster, [name], Ct)).Value));
                Assert.Equal($"passphrase\n{content}\n", (await Target.RunOneShotAsync(work, Ct)).OrThrow("a pod with the secret").Output);
            }

            await StoreAsync(Labels.Of(Cluster), "third");
            Assert.Empty(await Target.VersionsAsync(Cluster, [name], Ct));
        }
        finally
        {
            await client!.CoreV1.DeleteNamespacedSecretAsync(name, Cluster.Namespace, cancellationToken: CancellationToken.None);
        }

        Task StoreAsync(Dictionary<string, string>? labels, string content) => new ResourceClient<V1Secret>(
            new ApiConnection(client!, TimeProvider.System)).ApplyAsync(
            new V1Secret
            {
                Metadata = new() { Name = name, NamespaceProperty = Cluster.Namespace, Labels = labels },
                StringData = new Dictionary<string, string> { ["passphrase"] = $"{content}\n", ["of-another-program"] = "another" },
            },
            "user",
            Ct);
    }

    [Fact]
    public async Task Assigned_roles_are_listed()
    {
        await StartAsync(Server);

        await target!.AssignRolesAsync(Cluster, Primary, Ct);

        Assert.Equal(Labels.PrimaryRole, (await Target.ListAsync(Cluster, Ct)).Pod(Primary)!.Role);
        await target!.AssignRolesAsync(Cluster, Names.Instance(Cluster.Name, 1), Ct);
        Assert.Equal(Labels.StandbyRole, (await Target.ListAsync(Cluster, Ct)).Pod(Primary)!.Role);
    }

    /// <summary>The volume contains no such file: a read of the volume would find nothing.</summary>
    [Fact]
    public async Task A_control_file_that_a_stopped_container_reported_is_known_until_it_may_change()
    {
        // A kubelet up to 1.21 loses the termination message of every other container, and of more on a busy node
        // (https://github.com/kubernetes/kubernetes/issues/104107): then nothing is known, as without a message.
        byte[]? known = null;
        var message = SampleControlFile.Message.ReplaceLineEndings("\\n");
        await Eventually.HoldsAsync("a message of a container is kept", async () =>
        {
            await StartListeningAsync(
                $"trap 'printf \"{message}\" >{ServerProcess.EndMessage}; exit 0' INT TERM; echo {Listens}; while :; do sleep 0.02; done");
            await Target.StopPodAsync(Cluster, Primary, TimeSpan.FromSeconds(10), Ct);
            known = await Target.ReadControlAsync(Cluster, Image, Primary, Ct);
            return known is not null;
        });

        Assert.Equal(SampleControlFile.Clean, known);

        await StartAsync(Server);
        await Target.StopPodAsync(Cluster, Primary, TimeSpan.FromSeconds(10), Ct);
        Assert.Null(await Target.ReadControlAsync(Cluster, Image, Primary, Ct));
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        target?.Dispose();
        client?.Dispose();
    }
}
