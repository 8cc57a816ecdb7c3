using System.Text.Json.Nodes;
using Cortex.ApiServer.Errors;
using Cortex.ApiServer.Schemas;

namespace Cortex.ApiServer.Resources;

/// <summary>
/// One kind in one version, with everything that the endpoints need to know. Built-in and custom kinds differ only in these values.
/// </summary>
internal sealed record ApiResource : INamedResource
{
    public required string Group { get; init; }

    public required string Version { get; init; }

    public required string Plural { get; init; }

    public required string Singular { get; init; }

    public required string Kind { get; init; }

    public required string ListKind { get; init; }

    public IReadOnlyList<string> ShortNames { get; init; } = [];

    public IReadOnlyList<string> Categories { get; init; } = [];

    public bool Namespaced { get; init; }

    /// <summary>Has /status. Then only /status writes the status, and /status writes nothing else.</summary>
    public bool HasStatus { get; init; }

    /// <summary>The paths of the scale subresource; null when the kind has none.</summary>
    public ScalePaths? Scale { get; init; }

    /// <summary>From a CustomResourceDefinition: no strategic merge, no update without a resourceVersion, with a generation.</summary>
    public bool IsCustom { get; init; }

    /// <summary>Supports deletecollection. Namespaces do not, because one request would delete everything.</summary>
    public bool DeletesCollections => StorageName != "namespaces";

    /// <summary>Only answers POST and stores nothing, as access reviews do.</summary>
    public bool IsReview { get; init; }

    /// <summary>Structural schema of the whole object, metadata included.</summary>
    public required JsonObject Schema { get; init; }

    /// <summary>The rules in the schema; null when the schema has no rules.</summary>
    public RuleTree? Rules { get; init; }

    public required IReadOnlyList<Column> Columns { get; init; }

    /// <summary>The fields that <c>fieldSelector</c> may name besides metadata.name and metadata.namespace, as dotted paths.</summary>
    public IReadOnlyList<string> SelectableFields { get; init; } = [];

    /// <summary>Fields for <c>fieldSelector</c> that are computed from the object.</summary>
    public IReadOnlyDictionary<string, Func<JsonObject, string>> ComputedFields { get; init; } =
        new Dictionary<string, Func<JsonObject, string>>();

    /// <summary>Members with another name in the stored form: wire name to stored name.</summary>
    public IReadOnlyDictionary<string, string> StoredAs { get; init; } = new Dictionary<string, string>();

    /// <summary>The name of the collection in the store; the same for all versions of a kind.</summary>
    public required string StorageName { get; init; }

    /// <summary>The name of the kind's OpenAPI definition.</summary>
    public required string DefinitionName { get; init; }

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    public string QualifiedPlural => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    public string QualifiedKind => Group.Length == 0 ? Kind : $"{Kind}.{Group}";

    public bool TracksGeneration => IsCustom || Group == "apiextensions.k8s.io";

    public bool NeedsResourceVersionToReplace => TracksGeneration || Group == "coordination.k8s.io";

    public IReadOnlyList<string> Verbs => (IsReview, DeletesCollections) switch
    {
        (true, _) => ["create"],
        (_, true) => ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        _ => ["create", "delete", "get", "list", "patch", "update", "watch"],
    };

    /// <summary>Path of the collection, without namespace.</summary>
    public string RootPath => Group.Length == 0 ? $"/api/{Version}" : $"/apis/{Group}/{Version}";
}

/// <summary>A column of <c>kubectl get</c>; priority above 0 shows only with <c>-o wide</c>.</summary>
internal sealed record Column(
    string Name, string Type, string Format, string Description, int Priority, Func<JsonObject, DateTimeOffset, JsonNode?> Cell);
