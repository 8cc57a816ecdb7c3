using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Errors;

/// <summary>
/// A refusal that is sent as a <c>Status</c> object. Only <see cref="Refusals"/> creates it, and only the request pipeline catches it.
/// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
/// </summary>
internal sealed class ApiException(int code, string reason, string message, JsonObject? details = null) : Exception(message)
{
    public int Code => code;

    public string Reason => reason;

    public JsonObject ToStatus()
    {
        var status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = Message,
            ["reason"] = reason,
            ["code"] = code,
        };
        status.Put("details", details);
        return status;
    }
}
