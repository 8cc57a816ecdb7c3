using System.Text.Json;
using System.Text.Json.Nodes;
using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;

namespace Cortex.Operator.Webhooks;

/// <summary>
/// The request of an API server (https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#request).
/// </summary>
internal sealed record AdmissionReview(string Uid, string Operation, string Namespace, string Name)
{
    private const string ApiVersion = "admission.k8s.io/v1";

    /// <summary>The new object, if the review is about a new CortexCluster or an edit of its spec; otherwise null.</summary>
    private JsonObject? After { get; init; }

    private JsonObject? Before { get; init; }

    /// <summary>The number of instances that a write of the scale subresource asks for; null for other requests.</summary>
    public int? Replicas { get; private init; }

    /// <exception cref="FormatException">The body is not an AdmissionReview that can be answered.</exception>
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

        var parsed = new AdmissionReview(uid, request.Text("operation") ?? "", request.Text("namespace") ?? "", request.Text("name") ?? "");
        if (IsScale(request, parsed.Operation))
        {
            return parsed with { Replicas = ReplicasOf(request) };
        }

        if (!IsOfCluster(request, parsed.Operation))
        {
            return parsed;
        }

        var after = request["object"] as JsonObject
            ?? throw new FormatException($"request.object is missing in a review of {parsed.Operation}");
        var before = parsed.Operation is "CREATE" ? null
            : request["oldObject"] as JsonObject
                ?? throw new FormatException($"request.oldObject is missing in a review of {parsed.Operation}");
        return parsed with { After = after, Before = before };
    }

    /// <summary>
    /// Deletions, changes of status, labels and finalizers, and changes of an object that is being deleted are always allowed: a user must
    /// be able to remove objects.
    /// </summary>
    public ReviewAnswer Judge()
    {
        if (After is null
            || Before is not null
            && JsonNode.DeepEquals(Before["spec"], After["spec"])
            || After["metadata"] is JsonObject metadata
            && metadata["deletionTimestamp"] is not null)
        {
            return ReviewAnswer.Of(Uid, Name, AdmissionDecision.Granted);
        }

        CortexCluster? before = null;
        if (Before is not null && !ClusterReader.TryRead(Before, out before, out _))
        {
            // The old problems are unknown, so no problem is known to be new.
            return ReviewAnswer.Of(
                Uid,
                Name,
                new AdmissionDecision(
                    [], ["spec: the stored object could not be read, so this edit is not checked; the status shows its result"]));
        }

        return ReviewAnswer.Of(
            Uid,
            Name,
            ClusterReader.TryRead(After, out var after, out var why) ? Admission.Judge(before, after) : new AdmissionDecision([why], []));
    }

    private static bool IsOfCluster(JsonObject request, string operation) =>
        operation is "CREATE" or "UPDATE"
        && string.IsNullOrEmpty(request.Text("subResource"))
        && request["kind"] is JsonObject kind
        && (kind.Text("group"), kind.Text("version"), kind.Text("kind"))
            == (CortexCluster.GroupName, CortexCluster.Version, CortexCluster.KindName);

    private static bool IsScale(JsonObject request, string operation) =>
        operation is "UPDATE"
        && request.Text("subResource") == "scale"
        && request["resource"] is JsonObject resource
        && (resource.Text("group"), resource.Text("resource")) == (CortexCluster.GroupName, CortexCluster.Plural);

    private static int ReplicasOf(JsonObject request) =>
        request["object"] is JsonObject { } scale && scale["spec"] is JsonObject spec
            ? spec["replicas"] is not { } replicas ? 0
            : replicas is JsonValue value && value.TryGetValue(out int number)
                ? number
                : throw new FormatException("request.object.spec.replicas is not a whole number")
            : throw new FormatException("request.object.spec is missing in a review of a scale");
}
