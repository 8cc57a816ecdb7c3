using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Planning.Forecasts;
using Cortex.Core.Tests.Builders;
using k8s;
using k8s.Models;

namespace Cortex.Core.Tests;

/// <summary>Compares the schema with the types, because both are written by hand.</summary>
public sealed class CrdMatchesTypes
{
    private static readonly V1CustomResourceDefinition Definition =
        KubernetesYaml.Deserialize<V1CustomResourceDefinition>(File.ReadAllText(Repository.Path("crds/cortexclusters.yaml")));

    private static readonly V1JSONSchemaProps Root = Definition.Spec.Versions.Single().Schema.OpenAPIV3Schema;

    public static TheoryData<string> Samples =>
        [.. Repository.Files("manifests/samples", "*.yaml").Select(Repository.Relative).Order(StringComparer.Ordinal)];

    [Theory]
    [InlineData("spec", typeof(ClusterSpec))]
    [InlineData("status", typeof(ClusterStatus))]
    public void Every_property_is_in_both_with_its_type_default_and_description(string part, Type type)
    {
        List<string> differences = [];
        Compare(part, Root.Properties[part], type, differences, withDefaults: part == "spec");
        Assert.Empty(differences);
    }

    [Theory]
    [InlineData("spec", typeof(CortexBackupSpec))]
    [InlineData("status", typeof(CortexBackupStatus))]
    public void Every_property_of_a_backup_is_in_both_with_its_type_default_and_description(string part, Type type)
    {
        var text = File.ReadAllText(Repository.Path("crds/cortexbackups.yaml"));
        var definition = KubernetesYaml.Deserialize<V1CustomResourceDefinition>(text);
        var schema = definition.Spec.Versions.Single().Schema.OpenAPIV3Schema;
        List<string> differences = [];
        Compare(part, schema.Properties[part], type, differences, withDefaults: part == "spec");
        Assert.Empty(differences);
        Assert.Equal((CortexBackup.KindName, CortexBackup.Plural), (definition.Spec.Names.Kind, definition.Spec.Names.Plural));
    }

    /// <summary>As <c>cortex plan</c> says it.</summary>
    [Fact]
    public void The_effect_of_every_field_of_the_spec_is_known() => Assert.Equal(
        Fields("spec", Root.Properties["spec"]).Order(StringComparer.Ordinal),
        FieldChange.KnownFields.Order(StringComparer.Ordinal));

    [Fact]
    public void The_definition_names_the_group_version_and_kind_of_the_type()
    {
        Assert.Equal(
            (CortexCluster.GroupName, CortexCluster.Version, CortexCluster.KindName, CortexCluster.Plural),
            (Definition.Spec.Group, Definition.Spec.Versions.Single().Name, Definition.Spec.Names.Kind, Definition.Spec.Names.Plural));
        Assert.Equal($"{CortexCluster.Plural}.{CortexCluster.GroupName}", Definition.Metadata.Name);
        Assert.NotNull(Definition.Spec.Versions.Single().Subresources.Status);
    }

    [Fact]
    public void Printer_columns_show_fields_that_exist()
    {
        foreach (var column in Definition.Spec.Versions.Single().AdditionalPrinterColumns
            .Where(definition => !definition.JsonPath.StartsWith(".metadata.", StringComparison.Ordinal)))
        {
            var schema = SchemaAt(column.JsonPath);
            Assert.True(schema is not null, $"{column.Name} shows {column.JsonPath}, which is not in the schema");
            Assert.Equal(schema.Type, column.Type);
        }
    }

    /// <summary>Kubernetes asks for integers and a text, and takes what is missing for 0 or nothing.</summary>
    [Fact]
    public void The_scale_subresource_is_made_of_fields_that_exist()
    {
        var scale = Definition.Spec.Versions.Single().Subresources.Scale;

        Assert.Equal(
            ["integer", "integer", "string"],
            new[] { scale.SpecReplicasPath, scale.StatusReplicasPath, scale.LabelSelectorPath }.Select(path => SchemaAt(path)?.Type));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Samples_have_known_fields_only_and_are_valid(string file)
    {
        var text = File.ReadAllText(Repository.Path(file));

        Assert.Empty(Unknown("", Root, Yaml.Element(text)));
        Assert.Empty(Validity.Of(Yaml.Cluster(text)));
    }

    [Fact]
    public void A_field_that_is_not_in_the_schema_is_noticed() =>
        Assert.Equal(
            ["spec.podman.port"],
            Unknown("", Root, JsonSerializer.SerializeToElement(new { spec = new { podman = new { port = 1 } } })));

    private static IEnumerable<string> Fields(string path, V1JSONSchemaProps schema) => schema.Properties is { Count: > 0 } below
        ? below.SelectMany(field => Fields($"{path}.{field.Key}", field.Value))
        : [path];

    private static V1JSONSchemaProps? SchemaAt(string path) => path.Split('.', StringSplitOptions.RemoveEmptyEntries)
        .Aggregate<string, V1JSONSchemaProps?>(Root, (at, name) => at?.Properties?.TryGetValue(name, out var next) == true ? next : null);

    private static void Compare(string path, V1JSONSchemaProps schema, Type type, List<string> differences, bool withDefaults)
    {
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(propertyInfo => propertyInfo.GetCustomAttribute<JsonIgnoreAttribute>() is null)
            .ToDictionary(propertyInfo => JsonNamingPolicy.CamelCase.ConvertName(propertyInfo.Name));
        differences.AddRange(schema.Properties.Keys.Except(properties.Keys).Select(name => $"{path}.{name} is in the schema only"));
        differences.AddRange(properties.Keys.Except(schema.Properties.Keys).Select(name => $"{path}.{name} is in {type.Name} only"));
        var required = properties.Where(pair => IsRequired(pair.Value)).Select(pair => pair.Key).Order(StringComparer.Ordinal).ToList();
        if (!required.SequenceEqual((schema.Required ?? []).Order(StringComparer.Ordinal)))
        {
            var inSchema = string.Join(", ", schema.Required ?? []);
            differences.Add($"{path}: required are {inSchema} in the schema, {string.Join(", ", required)} in {type.Name}");
        }

        var blank = withDefaults ? Activator.CreateInstance(type) : null;
        foreach (var (name, property) in properties.Where(pair => schema.Properties.ContainsKey(pair.Key)))
        {
            var (at, field) = ($"{path}.{name}", schema.Properties[name]);
            if (string.IsNullOrWhiteSpace(field.Description))
            {
                differences.Add($"{at} has no description");
            }

            if (blank is not null && Json(property.GetValue(blank)) is var have && DefaultOf(field) is var said && have != said)
            {
                differences.Add($"{at} is {said} by default in the schema, {have} in {type.Name}");
            }

            CompareType(at, field, Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType, differences, withDefaults);
        }
    }

    private static void CompareType(string at, V1JSONSchemaProps field, Type type, List<string> differences, bool withDefaults)
    {
        var expected = Shape(type);
        if (field.Type != expected.Type || field.Format != expected.Format)
        {
            differences.Add($"{at} is {field.Type} {field.Format} in the schema, {expected} in the types");
        }

        if (type.IsEnum && !Enum.GetNames(type).SequenceEqual((field.EnumProperty ?? []).Select(name => name.ToString())))
        {
            differences.Add($"{at} offers other words than {type.Name}");
        }

        if (expected.Type == "array")
        {
            CompareType($"{at}[]", Inner(field.Items), type.GetGenericArguments()[0], differences, withDefaults);
        }
        else if (expected.Type == "object" && field.Properties is not null)
        {
            // A part that may be missing has defaults only once it is there; a default of its own makes it be there.
            Compare(at, field, type, differences, withDefaults);
        }
        else if (expected.Type == "object" && Inner(field.AdditionalProperties).Type != "string")
        {
            differences.Add($"{at} must map to strings");
        }
    }

    /// <summary>The client leaves what may be a list or a truth value unread.</summary>
    private static V1JSONSchemaProps Inner(object? schema) =>
        KubernetesYaml.Deserialize<V1JSONSchemaProps>(KubernetesYaml.Serialize(schema));

    private static Form Shape(Type type) =>
        type == typeof(string) || type.IsEnum ? new("string", null)
        : type == typeof(int) ? new("integer", "int32")
        : type == typeof(long) ? new("integer", "int64")
        : type == typeof(bool) ? new("boolean", null)
        : type == typeof(DateTimeOffset) ? new("string", "date-time")
        : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? new("array", null)
        : new("object", null);

    private static bool IsRequired(PropertyInfo property) =>
        property.GetCustomAttribute<RequiredMemberAttribute>() is not null
        || (property.DeclaringType == typeof(Condition) && property.Name == nameof(Condition.LastTransitionTime))
        || IsRequiredParameter(property);

        private static bool IsRequiredParameter(PropertyInfo property) =>
            property.DeclaringType!.GetConstructors().SelectMany(made => made.GetParameters()).Any(given =>
                given.Name == property.Name && new NullabilityInfoContext().Create(given).ReadState == NullabilityState.NotNull);

    /// <summary>Parts say <c>{}</c>, and their fields the rest; so a part's own default is compared field by field.</summary>
    private static string Json(object? value) => value switch
    {
        null => "nothing",
        string or int or bool or Enum => JsonSerializer.Serialize(value),
        IDictionary or IEnumerable when !((IEnumerable)value).Cast<object>().Any() => value is IDictionary ? "{}" : "[]",
        _ => "{}",
    };

    private static string DefaultOf(V1JSONSchemaProps field) => field.DefaultProperty is { } value ? field.Type switch
    {
        "object" => "{}",
        "array" => "[]",
        "integer" => value.ToString()!,
        "boolean" => value.ToString()!.ToLowerInvariant(),
        _ => JsonSerializer.Serialize(value.ToString()),
    } : "nothing";

    private static IEnumerable<string> Unknown(string path, V1JSONSchemaProps schema, JsonElement value) => value.ValueKind switch
    {
            JsonValueKind.Object when schema.Properties is { } known =>
                value.EnumerateObject().SelectMany(field => known.TryGetValue(field.Name, out var inner)
                    ? Unknown($"{path}{field.Name}.", inner, field.Value)
                    : [$"{path}{field.Name}"]),
            _ => [],
    };

    private sealed record Form(string Type, string? Format)
    {
        public override string ToString() => $"{Type} {Format}".TrimEnd();
    }
}
