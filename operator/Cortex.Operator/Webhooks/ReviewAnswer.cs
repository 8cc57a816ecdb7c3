using System.Text.Json.Nodes;
using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;

namespace Cortex.Operator.Webhooks;

/// <summary>
/// The answer to an API server (https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#response).
/// </summary>
/// <param name="Fields">The refused fields.</param>
internal sealed record ReviewAnswer(bool Allowed, IReadOnlyList<string> Fields, JsonObject Body)
{
    private const int Unprocessable = 422;

    /// <summary>The maximum number of causes, and of warnings; an API server limits all warnings together to 4096 characters.</summary>
    private const int MaxEntries = 20;

    public static ReviewAnswer Of(string uid, string name, AdmissionDecision decision)
    {
        var response = new JsonObject { ["uid"] = uid, ["allowed"] = decision.Refused.Count == 0 };
        if (decision.Refused.Count > 0)
        {
            response["status"] = Status(name, decision);
        }

        if (decision.Warnings.Count > 0)
        {
            response["warnings"] = new JsonArray([.. decision.Warnings.Take(MaxEntries).Select(remark => JsonValue.Create(remark))]);
        }

        return new ReviewAnswer(
            decision.Refused.Count == 0,
            [.. decision.Refused.Take(MaxEntries).Select(refusal => QuotedText.Shorten(refusal.Path))],
            new JsonObject { ["apiVersion"] = "admission.k8s.io/v1", ["kind"] = "AdmissionReview", ["response"] = response });
    }

    /// <summary>
    /// In the form that the API server uses for refusals of its schema, so that clients show both in the same way, one line for each field.
    /// </summary>
    private static JsonObject Status(string name, AdmissionDecision decision) => new()
    {
        ["status"] = "Failure",
        ["code"] = Unprocessable,
        ["reason"] = "Invalid",
        ["message"] = FieldRefusal.Summary(decision.Refused),
        ["details"] = new JsonObject
        {
            ["group"] = CortexCluster.GroupName,
            ["kind"] = CortexCluster.KindName,
            ["name"] = name,
            ["causes"] = new JsonArray(
            [
                .. decision.Refused.Take(MaxEntries).Select(refusal => new JsonObject
                {
                    ["reason"] = "FieldValueInvalid",
                    ["field"] = QuotedText.Shorten(refusal.Path),
                    ["message"] = QuotedText.Shorten(refusal.Message),
                }),
            ]),
        },
    };
}
