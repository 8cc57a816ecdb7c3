using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Resources;

/// <summary>What is served at this moment. Readers take <see cref="All"/> once and work on that.</summary>
internal sealed class ResourceCatalog
{
    private volatile IReadOnlyList<ApiResource> all = BuiltInResources.Load();

    public IReadOnlyList<ApiResource> All => all;

    public ApiResource Namespaces { get; } = BuiltInResources.Load().Single(r => r.StorageName == "namespaces");

    public ApiResource Definitions { get; } = BuiltInResources.Load().Single(r => r.StorageName == DefinitionReader.StorageName);

    public ApiResource? Find(string group, string version, string plural) =>
        all.FirstOrDefault(r => r.Plural == plural && r.Version == version && r.Group == group);

    /// <summary>Serves (or serves anew) every served version of a CustomResourceDefinition.</summary>
    public void Define(JsonObject definition)
    {
        var name = definition.Name();
        all = [.. all.Where(r => !(r.IsCustom && r.StorageName == name)), .. DefinitionReader.Read(definition)];
    }

    public void Forget(string name) => all = all.Where(r => !(r.IsCustom && r.StorageName == name)).ToImmutableArray();
}
