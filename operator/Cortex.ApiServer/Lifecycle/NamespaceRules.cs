using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Lifecycle;

/// <summary>The special rules for namespaces. https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/</summary>
internal static class NamespaceRules
{
    /// <summary>Created at the first start, and never deleted.</summary>
    public static readonly IReadOnlyList<string> Permanent = ["default", "kube-system"];

    public static void Complete(JsonObject body)
    {
        var metadata = body.Metadata();
        if (metadata["labels"] is not JsonObject)
        {
            metadata["labels"] = new JsonObject();
        }

        metadata["labels"]!["kubernetes.io/metadata.name"] = body.Name();
        if (body["spec"] is not JsonObject)
        {
            body["spec"] = new JsonObject();
        }

        body["spec"]!["finalizers"] = new JsonArray("kubernetes");
        if (body["status"] is not JsonObject)
        {
            body["status"] = new JsonObject();
        }

        body["status"]!["phase"] = body.IsBeingDeleted() ? "Terminating" : "Active";
    }
}
