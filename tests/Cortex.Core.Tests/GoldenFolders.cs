using System.Text;
using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Core.Tests.Builders;
using Cortex.Core.Tests.Worlds;
using k8s;

namespace Cortex.Core.Tests;

/// <summary>
/// All that is rendered from a resource, for review: one folder for each case. <c>UPDATE_GOLDEN=1</c> writes the folders again.
/// </summary>
public sealed class GoldenFolders
{
    private const string Golden = "tests/Cortex.Core.Tests/golden";

    [Theory]
    [InlineData("minimal", "manifests/samples/cortex.yaml", "17.6")]
    [InlineData("postgres-15", "manifests/samples/cortex.yaml", "15.14")]
    [InlineData("three-instances", "manifests/samples/three-instances.yaml", "17.6")]
    [InlineData("backups", $"{Golden}/backups/cluster.yaml", "17.6")]
    [InlineData("bucket", $"{Golden}/bucket/cluster.yaml", "17.6")]
    [InlineData("sftp", $"{Golden}/sftp/cluster.yaml", "17.6")]
    [InlineData("tuned-hba", $"{Golden}/tuned-hba/cluster.yaml", "17.6")]
    public void What_comes_of_a_resource_is_what_was_reviewed(string story, string resource, string postgres)
    {
        var cluster = Yaml.Cluster(File.ReadAllText(Repository.Path(resource)));
        var major = int.Parse(postgres.Split('.')[0], System.Globalization.CultureInfo.InvariantCulture);
        var image = new ImageFacts("sha256:abc", postgres, major, 999, 999) { BackupVersion = "2.55.1" };
        var key = new ClusterKey("default", cluster.Metadata.Name);
        var instances = Names.Instances(key.Name, cluster.Spec.Instances);
        var configuration = InstanceConfiguration.Render(
            key, cluster.Spec, cluster.Status, instances[^1], image, Addresses(instances), ["FINGERPRINT"], uid: "UID");
        var pods = instances.Select(instance => KubernetesYaml.Serialize(InstancePod.Render(key, cluster.Spec, instance, image)).TrimEnd());

        Assert.Multiple(
            () => Verify(story, "pods.yaml", string.Join("---\n", pods.Select(pod => $"{pod}\n"))),
            () => VerifyIfAny(story, "kubernetes.yaml", Kubernetes(cluster, instances, image)),
            () => Verify(story, "postgresql.conf", configuration.Settings),
            () => Verify(story, "pg_hba.conf", configuration.Hba),
            () => VerifyIfAny(story, "pgbackrest.conf", configuration.Repository),
            () => Verify(story, "plan.txt", Life(new World { Name = key, Spec = cluster.Spec, Image = new ImageSeen(image, null) })));
    }

    private static Dictionary<string, string> Addresses(IReadOnlyList<string> instances) =>
        instances.Index().ToDictionary(entry => entry.Item, entry => $"10.89.0.{254 - entry.Index}");

    [Fact]
    public void Every_folder_belongs_to_a_story() =>
        Assert.Equal(
            ["backups", "bucket", "minimal", "postgres-15", "sftp", "three-instances", "tuned-hba"],
            Directory.GetDirectories(Repository.Path(Golden)).Select(Path.GetFileName).Order(StringComparer.Ordinal));

    /// <summary>One pod, since the others differ by their names only, and all that a cluster has beside them.</summary>
    private static string Kubernetes(CortexCluster cluster, IReadOnlyList<string> instances, ImageFacts image)
    {
        (cluster.Metadata.NamespaceProperty, cluster.Metadata.Uid) = ("default", "UID");
        IEnumerable<object> objects =
        [
            KubernetesPod.Render(cluster, instances[0], image),
            .. ClusterObjects.Render(cluster, instances, "CERTIFICATE\n"),
        ];
        return string.Join("---\n", objects.Select(found => $"{KubernetesYaml.Serialize(found).TrimEnd()}\n"));
    }

    /// <summary>From nothing to rest, then the promotion of the first standby, then its deletion.</summary>
    private static string Life(World world)
    {
        var text = new StringBuilder();
        world = UntilRest("create", world, text);
        var promoted = world.Spec with { Promote = Names.Instance(world.Name.Name, 1) };
        world = UntilRest("promote", world with { Spec = promoted, Generation = 2 }, text);
        UntilRest("delete", world with { Deleting = true }, text);
        return text.ToString();
    }

    private static World UntilRest(string chapter, World world, StringBuilder text)
    {
        for (var passes = 1; passes < 10 && !world.Released; passes++)
        {
            var pass = new Pass(world);
            if (pass.Steps.Count == 0)
            {
                break;
            }

            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{chapter}, pass {passes}\n");
            foreach (var step in pass.Plan.Steps)
            {
                Write(step, text);
            }

            world = pass.Run().Settled().Later();
        }

        return world;
    }

    private static void Write(Step step, StringBuilder text)
    {
        if (step is Step.Together together)
        {
            text.Append("  together\n");
            together.Lanes.ToList().ForEach(lane => text.Append("    ").AppendJoin(", then ", lane.Select(one => one.Says)).Append('\n'));
            return;
        }

        text.Append("  ").Append(step.Says).Append('\n');
    }

    private static void VerifyIfAny(string story, string file, string? actual)
    {
        if (actual is null)
        {
            Assert.False(File.Exists(Repository.Path($"{Golden}/{story}/{file}")));
            return;
        }

        Verify(story, file, actual);
    }

    private static void Verify(string story, string file, string actual)
    {
        var path = Repository.Path($"{Golden}/{story}/{file}");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
        }

        Assert.True(File.Exists(path), $"{Repository.Relative(path)} is not there; UPDATE_GOLDEN=1 writes it");
        Assert.Equal(File.ReadAllText(path), actual);
    }
}
