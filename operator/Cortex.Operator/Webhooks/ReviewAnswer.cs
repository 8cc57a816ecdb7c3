using System.Text.Json.Nodes;
using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;

namespace Cortex.Operator.Webhooks;

/// <summary>What an API server is told (https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#response).</summary>
/// <param name="Fields">The fields that a refusal is about.</param>
internal sealed record ReviewAnswer(bool Allowed, IReadOnlyList<string> Fields, JsonObject Body)
{
    private const int Unprocessable = 422;

    /// <summary>Of causes and of warnings; an API server cuts the latter at 4096 characters altogether.</summary>
    private const int Most = 20;

    public static ReviewAnswer Of(string uid, string name, Judgement judgement)
    {
        var response = new JsonObject { ["uid"] = uid, ["allowed"] = judgement.Refused.Count == 0 };
        if (judgement.Refused.Count > 0)
        {
            response["status"] = Status(name, judgement);
        }

        if (judgement.Remarks.Count > 0)
        {
            response["warnings"] = new JsonArray([.. judgement.Remarks.Take(Most).Select(one => JsonValue.Create(one))]);
        }

        return new ReviewAnswer(
            judgement.Refused.Count == 0,
            [.. judgement.Refused.Take(Most).Select(one => QuotedText.Shorten(one.Path))],
            new JsonObject { ["apiVersion"] = "admission.k8s.io/v1", ["kind"] = "AdmissionReview", ["response"] = response });
    }

    /// <summary>As the API server itself words what its schema refuses, so that clients show both alike, a line for each field.</summary>
    private static JsonObject Status(string name, Judgement judgement) => new()
    {
        ["status"] = "Failure",
        ["code"] = Unprocessable,
        ["reason"] = "Invalid",
        ["message"] = FieldRefusal.Summary(judgement.Refused),
        ["details"] = new JsonObject
        {
            ["group"] = CortexCluster.GroupName,
            ["kind"] = CortexCluster.KindName,
            ["name"] = name,
            ["causes"] = new JsonArray(
            [
                .. judgement.Refused.Take(Most).Select(one => new JsonObject { ["reason"] = "FieldValueInvalid", ["field"] = QuotedText.Shorten(one.Path), ["message"] = QuotedText.Shorten(one.Reason) }),
            ]),
        },
    };
}
