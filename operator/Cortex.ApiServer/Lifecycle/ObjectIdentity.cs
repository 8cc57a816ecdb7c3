using System.Text.Json.Nodes;
using Cortex.ApiServer.Errors;
using Cortex.ApiServer.Requests;
using Cortex.ApiServer.Resources;

namespace Cortex.ApiServer.Lifecycle;

/// <summary>Checks that the kind, name and namespace in a body agree with the URL.</summary>
internal static class ObjectIdentity
{
    /// <summary>Fills in the names that the body leaves out, from the URL. Changes <paramref name="body"/>.</summary>
    public static void Check(ResourceRequest request, JsonObject body)
    {
        CheckType(request.Resource, body);
        var metadata = body.Metadata();
        if (!string.IsNullOrEmpty(metadata.Text("namespace")) && body.Namespace() != request.Path.Namespace)
        {
            throw Refusals.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        }

        if (request.Resource.Namespaced)
        {
            metadata["namespace"] = request.Path.Namespace;
        }

        if (request.Path.IsCollection)
        {
            return;
        }

        if (string.IsNullOrEmpty(metadata.Text("name")))
        {
            metadata["name"] = request.Path.Name;
        }

        if (body.Name() != request.Path.Name)
        {
            throw Refusals.BadRequest($"the name of the object ({body.Name()}) does not match the name on the URL ({request.Path.Name})");
        }
    }

    private static void CheckType(ApiResource resource, JsonObject body)
    {
        if (!resource.IsCustom)
        {
            // Typed clients leave these out, because the URL contains them. For custom resources kube-apiserver requires them.
            body["apiVersion"] ??= resource.ApiVersion;
            body["kind"] ??= resource.Kind;
        }

        if (string.IsNullOrEmpty(body.Text("kind")))
        {
            throw Refusals.BadRequest("Object 'Kind' is missing in the body of the request");
        }

        if (body.Text("apiVersion") != resource.ApiVersion || body.Text("kind") != resource.Kind)
        {
            throw Refusals.BadRequest(body.Text("kind") == resource.Kind
                ? $"the API version in the data ({body.Text("apiVersion")}) does not match the expected API version ({resource.ApiVersion})"
                : $"{body.Text("kind")} in version \"{resource.Version}\" cannot be handled as a {resource.Kind}: kind must be "
                    + $"{resource.Kind}");
        }

        if (body.ContainsKey("metadata") && body["metadata"] is not JsonObject)
        {
            throw Refusals.BadRequest(
                $"{resource.Kind} in version \"{resource.Version}\" cannot be handled as a {resource.Kind}: metadata must be an object");
        }
    }
}
