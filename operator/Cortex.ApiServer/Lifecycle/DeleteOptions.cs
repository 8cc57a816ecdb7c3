using System.Text.Json.Nodes;
using Cortex.ApiServer.Errors;
using Cortex.ApiServer.Resources;

namespace Cortex.ApiServer.Lifecycle;

/// <summary>
/// What a DELETE may ask for. Grace periods and propagation policies are accepted: nothing here runs processes or has dependents to wait for.
/// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/
/// </summary>
internal sealed record DeleteOptions(string? Uid, string? ResourceVersion, bool IsDryRun)
{
    public static DeleteOptions Read(JsonObject? body, bool isDryRun)
    {
        var preconditions = body?["preconditions"] as JsonObject;
        return new(preconditions?.Text("uid"), preconditions?.Text("resourceVersion"), isDryRun || body?["dryRun"] is JsonArray { Count: > 0 });
    }

    public void Check(ApiResource resource, JsonObject current)
    {
        var uid = current.Metadata().Text("uid") ?? "";
        if (Uid is not null && Uid != uid)
            throw Refusals.Precondition(resource, current.Name(), "UID", Uid, uid);
        if (ResourceVersion is not null && ResourceVersion != current.ResourceVersion())
            throw Refusals.Precondition(resource, current.Name(), "ResourceVersion", ResourceVersion, current.ResourceVersion());
    }
}
