using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Endpoints;

/// <summary>Only the metadata of an object. https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches</summary>
internal static class PartialObject
{
    /// <param name="version">The version of meta.k8s.io.</param>
    public static JsonObject Of(JsonObject body, string version) => new()
    {
        ["kind"] = "PartialObjectMetadata",
        ["apiVersion"] = $"meta.k8s.io/{version}",
        ["metadata"] = body.Metadata().DeepClone(),
    };
}
