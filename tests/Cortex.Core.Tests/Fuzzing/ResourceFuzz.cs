using System.Text.Json;
using System.Text.Json.Nodes;
using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Tests.Builders;
using k8s;

namespace Cortex.Core.Tests.Fuzzing;

/// <summary>
/// A resource with any content, from its text to what is rendered from it: whether it can be read, and is refused, or not, the report about
/// it has a limited size.
/// </summary>
[Trait("Kind", "fuzz")]
public sealed class ResourceFuzz
{
    private const int LargestStatus = 256 * 1024;

    private const string Sound = """
        {"apiVersion":"cortex.bicameral.dev/v1alpha1","kind":"CortexCluster",
         "metadata":{"name":"cortex","namespace":"default","uid":"u","generation":3},
         "spec":{"image":"localhost/anvil-alloydb-core:latest","instances":2,"promote":"cortex-s1","promoteAllowDataLoss":false,
          "replication":{"mode":"Synchronous","durability":"Required"},"primaryUpdate":"Switchover",
          "postgres":{"parameters":{"work_mem":"1MB","max_connections":"200"},"hba":["hostssl all all samenet cert","# b"]},
          "tls":{"caLifetime":"87600h","certificateLifetime":"2160h","renewBefore":"1h"},
          "database":{"name":"app","owner":"app"},"podman":{"bindAddress":"127.0.0.1","basePort":5432},
          "storage":{"size":"10Gi","className":"fast"},
          "kubernetes":{"allowFrom":[{"cidr":"10.0.0.0/8"},{"namespace":"a","podLabels":{"a":"b"}}],"spread":"Preferred",
           "lostInstances":["cortex-s1"]},
          "resources":{"requests":{"cpu":"500m"},"limits":{"memory":"1Gi"}},"deletionPolicy":"Retain"},
         "status":{"observedGeneration":2,"phase":"Ready","primary":"cortex-pr","ready":"2/2","timeline":1,"systemIdentifier":"7001",
          "postgresVersion":"17.6","instances":[{"name":"cortex-pr","role":"Primary","state":"Running"}],"fenced":["cortex-s2"],
          "conditions":[{"type":"Ready","status":"True","reason":"AsDesired","message":"m","lastTransitionTime":"2026-01-01T00:00:00Z"}],
          "promotion":{"from":"cortex-pr","to":"cortex-s1","kind":"Switchover","requestedAt":"2026-01-01T00:00:00Z"},
          "synchronous":{"standbys":["cortex-s1"],"suspended":false},"anySettled":1}}
        """;

    private static readonly Func<Observation>[] Views =
        [() => Given.Sound(), () => Given.Sound(3), Given.Nothing, () => Given.Sound().WithPostgres(Given.Pr, null)];

    [Fact]
    public Task No_resource_ends_a_pass() => Fuzz.RunAsync("resources", fuzzCase =>
    {
        var json = JsonNode.Parse(Sound)!.AsObject();
        if (fuzzCase.Chance(70))
        {
            json.Remove("status");
        }

        JsonFuzz.Mutate(fuzzCase, fuzzCase.Chance(80) && json["spec"] is { } spec ? spec : json);
        WithoutNulls(json);
        if (json["metadata"] is JsonObject metadata)
        {
            // What was seen was seen of this one.
            (metadata["name"], metadata["namespace"]) = ("cortex", "default");
        }

        fuzzCase.Input = json.ToJsonString();
        if (Read(fuzzCase.Input) is { } cluster)
        {
            Try(cluster, fuzzCase.Pick(Views)());
        }
    });

    private static void Try(CortexCluster cluster, Observation seen)
    {
        var problems = Validity.Of(cluster);
        _ = Admission.Judge(null, cluster);
        _ = Admission.Judge(cluster, cluster);
        var plan = ClusterPlanner.Plan(cluster, seen, Given.Now);
        var status = StatusReport.Build(new Situation(cluster, seen, Given.Now), plan, new PassOutcome(null, null));

        Assert.InRange(JsonSerializer.SerializeToUtf8Bytes(status).Length, 1, LargestStatus);
        // A promotion or a deletion in progress is finished, whatever the spec says since.
        var isInProgress = cluster.Status?.Promotion is not null || cluster.Metadata.DeletionTimestamp is not null;
        Assert.True(problems.Count == 0 || plan.Refusal is not null || isInProgress, "there is a plan for an invalid spec");
        if (problems.Count == 0)
        {
            Render(cluster);
        }
    }

    private static void Render(CortexCluster cluster)
    {
        var key = new ClusterKey("default", cluster.Metadata.Name);
        var instances = Names.Instances(key.Name, cluster.Spec.Instances);
        var configuration = InstanceConfiguration.Render(
            key, cluster.Spec, cluster.Status, instances[^1], Given.Image, new Dictionary<string, string>(), ["F"]);
        Assert.NotEmpty(configuration.Settings);
        Assert.NotEmpty(KubernetesYaml.Serialize(InstancePod.Render(key, cluster.Spec, instances[0], Given.Image)));
        IEnumerable<object> objects =
        [
            KubernetesPod.Render(cluster, instances[0], Given.Image),
            .. ClusterObjects.Render(cluster, instances, "CERTIFICATE\n"),
        ];
        Assert.All(objects, item => Assert.NotEmpty(KubernetesYaml.Serialize(item)));
    }

    /// <summary>As the operator reads it from the API; null where that cannot be.</summary>
    private static CortexCluster? Read(string json)
    {
        try
        {
            return KubernetesJson.Deserialize<CortexCluster>(json) is { Metadata.Name: not null, Spec: not null } cluster ? cluster : null;
        }
        catch (Exception unreadable) when (unreadable is JsonException or FormatException)
        {
            return null;
        }
    }

    /// <summary>No API server stores them.</summary>
    private static void WithoutNulls(JsonNode node)
    {
        if (node is JsonArray list)
        {
            var items = list.OfType<JsonNode>().ToList();
            list.Clear();
            items.ForEach(list.Add);
            items.ForEach(WithoutNulls);
        }
        else if (node is JsonObject map)
        {
            map.Where(member => member.Value is null).ToList().ForEach(member => map.Remove(member.Key));
            map.ToList().ForEach(member => WithoutNulls(member.Value!));
        }
    }
}
