using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Engine.Targets;
using Cortex.Engine.Targets.Kubernetes;
using k8s.Models;

namespace Cortex.Engine.Tests.Targets;

public sealed class OneShotPodTests
{
    private static readonly OneShot Task = new()
    {
        Cluster = new("shop", "cortex"),
        Name = "cortex-pr-task",
        Image = "postgres",
        Script = "true",
        Instance = "cortex-pr",
    };

    private static readonly PodRequest Request = new() { Labels = [] };

    private static readonly CortexCluster Cluster = new() { Metadata = new() { Name = "cortex", NamespaceProperty = "shop", Uid = "u" } };

    /// <summary>kubectl drain refuses a node with a pod that has no controller.</summary>
    [Fact]
    public void It_belongs_to_its_cluster_as_the_instances_do()
    {
        var owner = Assert.Single(OneShotPod.Render(Task, Request, default, Cluster).Metadata.OwnerReferences);

        Assert.Equal((CortexCluster.KindName, "cortex", "u", true), (owner.Kind, owner.Name, owner.Uid, owner.Controller));
        Assert.Null(OneShotPod.Render(Task, Request, default, cluster: null).Metadata.OwnerReferences);
    }

    [Fact]
    public void It_writes_to_its_volume_and_to_tmp_and_nowhere_else()
    {
        var work = Assert.Single(OneShotPod.Render(Task, Request, default, Cluster).Spec.Containers);

        Assert.True(work.SecurityContext.ReadOnlyRootFilesystem);
        Assert.Equal(
            ["/tmp", "/var/lib/cortex"], work.VolumeMounts.Where(mount => mount.ReadOnlyProperty != true).Select(mount => mount.MountPath));
    }

    /// <summary>
    /// A primary whose node is being drained hands over only after its control file was read, which may be on a volume of that node.
    /// </summary>
    [Fact]
    public void Short_work_runs_on_a_cordoned_node_and_a_copy_does_not()
    {
        var toleration = Assert.Single(OneShotPod.Render(Task, Request, default, Cluster).Spec.Tolerations);

        Assert.Equal(
            ("node.kubernetes.io/unschedulable", "Exists", "NoSchedule"), (toleration.Key, toleration.OperatorProperty, toleration.Effect));
        Assert.Null(OneShotPod.Render(Task with { OnNetwork = true }, Request, default, Cluster).Spec.Tolerations);
    }

    [Fact]
    public void A_repository_that_is_only_read_is_mounted_read_only()
    {
        var backup = OneShotPod.Render(Task with { Repository = "backups" }, Request, default, Cluster).Spec;
        var restore = OneShotPod.Render(Task with { Repository = "backups", OnlyReadsRepository = true }, Request, default, Cluster).Spec;

        Assert.Equal("backups", backup.Volumes.Single(volume => volume.Name == "repository").PersistentVolumeClaim.ClaimName);
        Assert.Null(Mount(backup, "/var/lib/cortex-backup").ReadOnlyProperty);
        Assert.True(Mount(restore, "/var/lib/cortex-backup").ReadOnlyProperty);
    }

    [Fact]
    public void A_restore_test_has_a_volume_of_its_own_and_no_token_and_asks_no_name_server()
    {
        var pod = OneShotPod.Render(
            Task with { Instance = null, Repository = "backups", OnlyReadsRepository = true },
            Request with { Scratch = "cortex-restore-test", IsLong = true },
            new PodPlace(null, "node-1"),
            Cluster).Spec;

        Assert.Equal(
            ["backups", "cortex-restore-test"],
            pod.Volumes.Select(volume => volume.PersistentVolumeClaim?.ClaimName).OfType<string>().Order(StringComparer.Ordinal));
        Assert.Equal("data", Mount(pod, "/var/lib/cortex").Name);
        Assert.Equal(("None", false), (pod.DnsPolicy, pod.AutomountServiceAccountToken));
        Assert.Null(pod.Tolerations);
        Assert.Null(pod.NodeName);
        var term = Assert.Single(pod.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms);
        Assert.Equal("node-1", Assert.Single(Assert.Single(term.MatchFields).Values));
    }

    /// <summary>It reaches the primary by a name.</summary>
    [Fact]
    public void A_copy_asks_the_name_server_of_the_cluster() =>
        Assert.Null(OneShotPod.Render(Task with { OnNetwork = true }, Request, default, Cluster).Spec.DnsPolicy);

    /// <summary>The cluster has no objects yet, and a bucket is found by a name.</summary>
    [Fact]
    public void A_read_of_a_bucket_before_there_is_a_cluster_asks_the_name_server_too() =>
        Assert.Null(OneShotPod.Render(Task with { OnCommonNetwork = true }, Request, default, Cluster).Spec.DnsPolicy);

    /// <summary>A resource that names the Secret of another program gets no entry that is not one of a repository.</summary>
    [Fact]
    public void Of_a_secret_of_the_user_only_the_entries_of_a_repository_are_mounted_and_none_of_them_is_needed_to_start()
    {
        var secrets = new Dictionary<string, string>(RepositorySecrets.Mounts(["mine"])) { ["cortex-pr-server"] = "server.pem" };
        var mounted = Assert.Single(
            OneShotPod.Render(Task with { Secrets = secrets }, Request, default, Cluster).Spec.Volumes, volume => volume.Name == "secrets");

        Assert.Equal(256, mounted.Projected.DefaultMode);
        var (mine, ours) = (Source("mine"), Source("cortex-pr-server"));
        Assert.True(mine.Optional);
        Assert.Equal(
            ["user-mine/passphrase", "user-mine/accessKey", "user-mine/secretKey", "user-mine/ca.crt", "user-mine/privateKey"],
            mine.Items.Select(item => item.Path));
        Assert.Null(ours.Optional);
        Assert.Equal("server.pem", Assert.Single(ours.Items).Path);

        V1SecretProjection Source(string name) => mounted.Projected.Sources.Single(source => source.Secret.Name == name).Secret;
    }

    private static V1VolumeMount Mount(V1PodSpec pod, string path) =>
        pod.Containers[0].VolumeMounts.Single(mount => mount.MountPath == path);
}
