using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Endpoints;

/// <summary>
/// An object of which only the metadata are shown. https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches
/// </summary>
internal static class PartialObject
{
    /// <param name="version">Of meta.k8s.io.</param>
    public static JsonObject Of(JsonObject body, string version) => new()
    {
        ["kind"] = "PartialObjectMetadata",
        ["apiVersion"] = $"meta.k8s.io/{version}",
        ["metadata"] = body.Metadata().DeepClone(),
    };
}
