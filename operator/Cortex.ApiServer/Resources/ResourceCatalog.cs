using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Resources;

/// <summary>The kinds that are served now. Readers take <see cref="All"/> once and use that snapshot.</summary>
internal sealed class ResourceCatalog
{
    private volatile IReadOnlyList<ApiResource> all = BuiltInResources.Load();

    public IReadOnlyList<ApiResource> All => all;

    public ApiResource Namespaces { get; } = BuiltInResources.Load().Single(resource => resource.StorageName == "namespaces");

    public ApiResource Definitions { get; } = BuiltInResources.Load().Single(
        resource => resource.StorageName == DefinitionReader.StorageName);

    public ApiResource? Find(string group, string version, string plural) =>
        all.FirstOrDefault(resource => resource.Plural == plural && resource.Version == version && resource.Group == group);

    /// <summary>Serves every served version of a CustomResourceDefinition, and replaces its earlier versions.</summary>
    public void Define(JsonObject definition)
    {
        var name = definition.Name();
        all = [.. all.Where(resource => !(resource.IsCustom && resource.StorageName == name)), .. DefinitionReader.Read(definition)];
    }

    public void Forget(string name) => all = all.Where(resource => !(resource.IsCustom && resource.StorageName == name)).ToImmutableArray();
}
