using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Cortex.ApiServer.Requests;
using Cortex.ApiServer.Resources;

namespace Cortex.ApiServer.Endpoints;

/// <summary>
/// The discovery documents: /version, /api, /apis and the paths below, each also in the aggregated form.
/// https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
/// </summary>
internal sealed class Discovery(ResourceCatalog catalog, string build)
{
    private const string AggregatedGroup = "apidiscovery.k8s.io";
    private const string AggregatedKind = "APIGroupDiscoveryList";

    // The release whose behaviour is implemented. Clients enable features by this version.
    private const string Major = "1", Minor = "30", Patch = "0";

    /// <summary>The document at a path and its content type; null for an unknown path.</summary>
    public (JsonObject Body, string ContentType)? Find(string path, string? accept)
    {
        var all = catalog.All;
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts is ["api"] or ["apis"]
            && MediaType.Negotiate(
                accept,
                $"{AggregatedGroup}/v2/{AggregatedKind}",
                $"{AggregatedGroup}/v2beta1/{AggregatedKind}") is { As.Length: > 0 } wanted)
        {
            return (Aggregated(all.Where(resource => resource.Group.Length == 0 == (parts[0] == "api")), wanted.Version),
                $"application/json;g={AggregatedGroup};v={wanted.Version};as={AggregatedKind}");
        }

        JsonObject? body = parts switch
        {
            ["version"] => Version(),
            ["api"] =>
                new() { ["kind"] = "APIVersions", ["versions"] = new JsonArray("v1"), ["serverAddressByClientCIDRs"] = new JsonArray() },
            ["apis"] => new() { ["kind"] = "APIGroupList", ["apiVersion"] = "v1", ["groups"] = Array(Groups(all).Select(Group)) },
            ["apis", var group] =>
                Groups(all).FirstOrDefault(candidate => candidate.Key == group) is { } found ? WithType(Group(found)) : null,
            ["api", var version] => Resources([.. all.Where(resource => resource.Group.Length == 0 && resource.Version == version)]),
            ["apis", var group, var version] =>
                Resources([.. all.Where(resource => resource.Group == group && resource.Version == version)]),
            _ => null,
        };
        return body is null ? null : (body, "application/json");
    }

    private static IEnumerable<IGrouping<string, ApiResource>> Groups(IReadOnlyList<ApiResource> all) =>
        all.Where(resource => resource.Group.Length > 0).GroupBy(resource => resource.Group);

    private static JsonObject Group(IGrouping<string, ApiResource> group)
    {
        var versions = group
            .Select(resource => resource.Version)
            .Distinct()
            .Select(version => new JsonObject { ["groupVersion"] = $"{group.Key}/{version}", ["version"] = version })
            .ToArray();
        return new() { ["name"] = group.Key, ["versions"] = Array(versions), ["preferredVersion"] = versions[0].DeepClone() };
    }

    private static JsonObject WithType(JsonObject group)
    {
        group["kind"] = "APIGroup";
        group["apiVersion"] = "v1";
        return group;
    }

    private static JsonObject? Resources(IReadOnlyList<ApiResource> resources) => resources.Count == 0 ? null : new()
    {
        ["kind"] = "APIResourceList",
        ["apiVersion"] = "v1",
        ["groupVersion"] = resources[0].ApiVersion,
        ["resources"] = Array(resources.SelectMany(WithSubresources)),
    };

    private static IEnumerable<JsonObject> WithSubresources(ApiResource resource)
    {
        yield return Resource(resource);
        if (resource.HasStatus)
        {
            yield return Status(resource);
        }

        if (resource.Scale is not null)
        {
            yield return Scale(resource);
        }
    }

    private static JsonObject Resource(ApiResource resource)
    {
        var entry = new JsonObject
        {
            ["name"] = resource.Plural,
            ["singularName"] = resource.Singular,
            ["namespaced"] = resource.Namespaced,
            ["kind"] = resource.Kind,
            ["verbs"] = Array(resource.Verbs),
        };
        if (resource.ShortNames.Count > 0)
        {
            entry["shortNames"] = Array(resource.ShortNames);
        }

        if (resource.Categories.Count > 0)
        {
            entry["categories"] = Array(resource.Categories);
        }

        return entry;
    }

    private static JsonObject Status(ApiResource resource) => new()
    {
        ["name"] = $"{resource.Plural}/status",
        ["singularName"] = "",
        ["namespaced"] = resource.Namespaced,
        ["kind"] = resource.Kind,
        ["verbs"] = new JsonArray("get", "patch", "update"),
    };

    private static JsonObject Scale(ApiResource resource) => new()
    {
        ["name"] = $"{resource.Plural}/scale",
        ["singularName"] = "",
        ["namespaced"] = resource.Namespaced,
        ["group"] = Scales.Group,
        ["version"] = Scales.Version,
        ["kind"] = Scales.Kind,
        ["verbs"] = new JsonArray("get", "patch", "update"),
    };

    private static JsonObject Aggregated(IEnumerable<ApiResource> resources, string version) => new()
    {
        ["kind"] = AggregatedKind,
        ["apiVersion"] = $"{AggregatedGroup}/{version}",
        ["metadata"] = new JsonObject(),
        ["items"] = Array(resources.GroupBy(resource => resource.Group).Select(group => new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = group.Key, ["creationTimestamp"] = null },
            ["versions"] = Array(group.GroupBy(resource => resource.Version).Select(byVersion => new JsonObject
            {
                ["version"] = byVersion.Key,
                ["freshness"] = "Current",
                ["resources"] = Array(byVersion.Select(AggregatedResource)),
            })),
        })),
    };

    private static JsonObject AggregatedResource(ApiResource resource)
    {
        var kind = new JsonObject { ["group"] = resource.Group, ["version"] = resource.Version, ["kind"] = resource.Kind };
        var entry = new JsonObject
        {
            ["resource"] = resource.Plural,
            ["responseKind"] = kind,
            ["scope"] = resource.Namespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = resource.Singular,
            ["verbs"] = Array(resource.Verbs),
            ["shortNames"] = Array(resource.ShortNames),
            ["categories"] = Array(resource.Categories),
        };
        JsonObject[] subresources =
        [
            .. resource.HasStatus ? [Subresource("status", kind.DeepClone())] : (JsonObject[])[],
            .. resource.Scale is null
                ? []
                : (JsonObject[])[Subresource(
                    "scale", new JsonObject { ["group"] = Scales.Group, ["version"] = Scales.Version, ["kind"] = Scales.Kind })],
        ];
        if (subresources.Length > 0)
        {
            entry["subresources"] = Array(subresources);
        }

        return entry;
    }

    private static JsonObject Subresource(string name, JsonNode kind) => new()
    {
        ["subresource"] = name,
        ["responseKind"] = kind,
        ["verbs"] = new JsonArray("get", "patch", "update"),
    };

    private JsonObject Version() => new()
    {
        ["major"] = Major,
        ["minor"] = Minor,
        ["gitVersion"] = $"v{Major}.{Minor}.{Patch}+{build}",
        ["gitCommit"] = "",
        ["gitTreeState"] = "clean",
        ["buildDate"] = "1970-01-01T00:00:00Z",
        ["goVersion"] = "",
        ["compiler"] = RuntimeInformation.FrameworkDescription,
        ["platform"] = RuntimeInformation.RuntimeIdentifier,
    };

    private static JsonArray Array(IEnumerable<JsonObject> items) => new([.. items]);

    private static JsonArray Array(IEnumerable<string> items) => new([.. items.Select(item => JsonValue.Create(item))]);
}
