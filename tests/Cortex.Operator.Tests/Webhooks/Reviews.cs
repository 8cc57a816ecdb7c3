using System.Text.Json.Nodes;

namespace Cortex.Operator.Tests.Webhooks;

/// <summary>AdmissionReviews as kube-apiserver sends them.</summary>
internal static class Reviews
{
    public const string Uid = "705ab4f5-6393-11e8-b7cc-42010a800002";

    /// <param name="spec">JSON in the stored form, with the schema's defaults.</param>
    public static JsonObject Cluster(string spec, string status = """{"primary": "cortex-pr", "phase": "Ready"}""") => JsonNode.Parse($$"""
        {
          "apiVersion": "cortex.bicameral.dev/v1alpha1", "kind": "CortexCluster",
          "metadata": {"name": "cortex", "namespace": "default", "uid": "1", "generation": 1, "creationTimestamp": "2026-03-01T12:00:00Z",
                       "managedFields": [{"manager": "kubectl", "operation": "Update", "fieldsType": "FieldsV1",
                                          "fieldsV1": {"f:spec": {} } }] },
          "spec": {{spec}},
          "status": {{status}}
        }
        """)!.AsObject();

    public static string Of(
        string operation,
        JsonObject? item,
        JsonObject? old = null,
        string subResource = "",
        string kind = "CortexCluster") => new JsonObject
    {
        ["kind"] = "AdmissionReview",
        ["apiVersion"] = "admission.k8s.io/v1",
        ["request"] = new JsonObject
        {
            ["uid"] = Uid,
            ["kind"] = new JsonObject { ["group"] = "cortex.bicameral.dev", ["version"] = "v1alpha1", ["kind"] = kind },
            ["resource"] = new JsonObject { ["group"] = "cortex.bicameral.dev", ["version"] = "v1alpha1", ["resource"] = "cortexclusters" },
            ["subResource"] = subResource.Length > 0 ? subResource : null,
            ["name"] = "cortex",
            ["namespace"] = "default",
            ["operation"] = operation,
            ["userInfo"] = new JsonObject { ["username"] = "admin", ["groups"] = new JsonArray("system:masters") },
            ["object"] = item?.DeepClone(),
            ["oldObject"] = old?.DeepClone(),
            ["dryRun"] = false,
            ["options"] = new JsonObject { ["kind"] = "CreateOptions", ["apiVersion"] = "meta.k8s.io/v1" },
        },
    }.ToJsonString();

    /// <summary>The review of a scale, as kubectl scale and autoscalers cause it.</summary>
    public static string OfScale(int replicas)
    {
        var scale = new JsonObject
        {
            ["apiVersion"] = "autoscaling/v1",
            ["kind"] = "Scale",
            ["metadata"] = new JsonObject { ["name"] = "cortex" },
            ["spec"] = new JsonObject { ["replicas"] = replicas },
        };
        return Of("UPDATE", scale, scale, "scale", "Scale");
    }

    public static JsonObject With(this JsonObject cluster, string member, JsonNode value)
    {
        cluster["metadata"]![member] = value;
        return cluster;
    }
}
