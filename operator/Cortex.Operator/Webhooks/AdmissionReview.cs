using System.Text.Json;
using System.Text.Json.Nodes;
using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;

namespace Cortex.Operator.Webhooks;

/// <summary>What an API server asks (https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#request).</summary>
internal sealed record AdmissionReview(string Uid, string Operation, string Namespace, string Name)
{
    private const string ApiVersion = "admission.k8s.io/v1";

    /// <summary>Null unless it is ours to judge: a new CortexCluster, or an edit of its spec.</summary>
    private JsonObject? After { get; init; }

    private JsonObject? Before { get; init; }

    /// <summary>How many instances a write of the scale subresource asks for; null for all else.</summary>
    public int? Replicas { get; private init; }

    /// <exception cref="FormatException">It is no AdmissionReview that can be answered.</exception>
    public static AdmissionReview Read(JsonNode? body)
    {
        if (body is not JsonObject review || review.Text("apiVersion") != ApiVersion || review.Text("kind") != "AdmissionReview")
        {
            throw new FormatException($"the body must be an AdmissionReview of {ApiVersion}");
        }

        if (review["request"] is not JsonObject request || request.Text("uid") is not { Length: > 0 } uid)
        {
            throw new FormatException("request.uid is missing: without it no answer can be matched");
        }

        var asked = new AdmissionReview(uid, request.Text("operation") ?? "", request.Text("namespace") ?? "", request.Text("name") ?? "");
        if (IsScale(request, asked.Operation))
        {
            return asked with { Replicas = ReplicasOf(request) };
        }

        if (!IsOurs(request, asked.Operation))
        {
            return asked;
        }

        var after = request["object"] as JsonObject ?? throw new FormatException($"request.object is missing in a review of {asked.Operation}");
        var before = asked.Operation is "CREATE" ? null
            : request["oldObject"] as JsonObject ?? throw new FormatException($"request.oldObject is missing in a review of {asked.Operation}");
        return asked with { After = after, Before = before };
    }

    /// <summary>
    /// Deletions, changes of status, labels and finalizers, and whatever happens to an object on its way out are never refused: nobody shall be kept from putting things away.
    /// </summary>
    public ReviewAnswer Judge()
    {
        if (After is null || Before is not null && JsonNode.DeepEquals(Before["spec"], After["spec"]) || After["metadata"] is JsonObject metadata && metadata["deletionTimestamp"] is not null)
        {
            return ReviewAnswer.Of(Uid, Name, Judgement.Granted);
        }

        CortexCluster? before = null;
        if (Before is not null && !ClusterReader.TryRead(Before, out before, out _))
        {
            // What was wrong before cannot be told, so nothing that is wrong now is known to be new.
            return ReviewAnswer.Of(Uid, Name, new Judgement([], ["spec: what was stored could not be read, so this edit is not judged; the status tells what becomes of it"]));
        }

        return ReviewAnswer.Of(Uid, Name, ClusterReader.TryRead(After, out var after, out var why) ? Admission.Judge(before, after) : new Judgement([why], []));
    }

    private static bool IsOurs(JsonObject request, string operation) =>
        operation is "CREATE" or "UPDATE"
        && string.IsNullOrEmpty(request.Text("subResource"))
        && request["kind"] is JsonObject kind
        && (kind.Text("group"), kind.Text("version"), kind.Text("kind")) == (CortexCluster.GroupName, CortexCluster.Version, CortexCluster.KindName);

    private static bool IsScale(JsonObject request, string operation) =>
        operation is "UPDATE"
        && request.Text("subResource") == "scale"
        && request["resource"] is JsonObject resource
        && (resource.Text("group"), resource.Text("resource")) == (CortexCluster.GroupName, CortexCluster.Plural);

    private static int ReplicasOf(JsonObject request) =>
        request["object"] is JsonObject { } scale && scale["spec"] is JsonObject spec
            ? spec["replicas"] is not { } replicas ? 0
            : replicas is JsonValue value && value.TryGetValue(out int number) ? number : throw new FormatException("request.object.spec.replicas is no whole number")
            : throw new FormatException("request.object.spec is missing in a review of a scale");
}
