using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Cortex.Cli.Outcomes;
using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using k8s;

namespace Cortex.Cli.Files;

/// <summary>Converts a manifest to a cluster, and refuses what the operator would refuse, before anything is done.</summary>
internal static partial class ValidatedCluster
{
    /// <summary>The options with which the API reads when field validation is strict.</summary>
    private static readonly JsonSerializerOptions Strict = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <exception cref="CommandException">
    /// A field does not exist, its value has the wrong type, or the operator would refuse it. The message names every problem.
    /// </exception>
    public static CortexCluster From(Manifest manifest) => From(manifest.Content, manifest);

    /// <param name="content">The content of the resource.</param>
    /// <param name="manifest">The file of the resource.</param>
    /// <exception cref="CommandException">See <see cref="From(Manifest)"/>.</exception>
    public static CortexCluster From(JsonObject content, Manifest manifest)
    {
        var cluster = Read(content, manifest);
        var problems = Validity.Of(cluster).Select(
            problem => problem with { Path = $"line {manifest.LineOf(problem.Path)}: {problem.Path}" })
            .ToList();
        if (problems.Count == 0)
        {
            return cluster;
        }

        var refusal = Refusal.Of(Reasons.InvalidSpec, problems);
        throw new CommandException(
            $"{manifest.Source}: {cluster.Metadata.Name} would be refused: {refusal.What}", refusal.Remedy ?? "correct the file");
    }

    private static CortexCluster Read(JsonObject content, Manifest manifest)
    {
        content = content.DeepClone().AsObject();
        LeaveOutNulls(content);
        try
        {
            content["spec"].Deserialize<ClusterSpec>(Strict);
        }
        catch (JsonException e)
        {
            var field = Quoted().Replace($"spec{e.Path?.TrimStart('$')}", ".$1");
            var place = $"{manifest.Source}, line {manifest.LineOf(field)}";
            throw e.Message.Contains("could not be mapped", StringComparison.Ordinal)
                ? new CommandException(
                    $"{place}: {CortexCluster.KindName} has no field {field}",
                    "correct its name or its place; kubectl explain cortexcluster.spec lists all fields",
                    e)
                : WrongType(place, field, manifest.Text(field), TypeOf(field), e);
        }

        return KubernetesJson.Deserialize<CortexCluster>(content.ToJsonString());
    }

    /// <summary>Removes fields without a value, because the API treats them as absent.</summary>
    private static void LeaveOutNulls(JsonNode? node)
    {
        if (node is JsonObject map)
        {
            foreach (var (name, value) in map.ToList())
            {
                if (value is null)
                {
                    map.Remove(name);
                }

                LeaveOutNulls(value);
            }
        }

        if (node is JsonArray list)
        {
            foreach (var item in list)
            {
                LeaveOutNulls(item);
            }
        }
    }

    private static CommandException WrongType(string place, string field, string? text, Type type, JsonException cause)
    {
        var (must, next) = type switch
        {
            _ when type == typeof(string) => ("must be a string", text is { Length: > 0 } ? $"write \"{text}\"" : "write one string"),
            _ when type == typeof(int) =>
                ("must be a whole number",
                    int.TryParse(text, out var number) ? $"write {number}, without quotes" : "write a number such as 2, without quotes"),
            _ when type == typeof(bool) => ("must be true or false", "write true or false, without quotes"),
            { IsEnum: true } => ($"must be one of {string.Join(", ", Enum.GetNames(type))}", "write one of them"),
            { IsGenericType: true } when type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) =>
                ("must be a list", "begin each entry with \"- \""),
            _ when text is { Length: > 0 } =>
                ("expected \"field: value\"", $"write a colon after the name of the field; \"{text}\" has no colon"),
            _ => ("expected \"field: value\"", "write its fields, each on its own line"),
        };
        return new CommandException(
            must.StartsWith("must", StringComparison.Ordinal) ? $"{place}: {field} {must}" : $"{place}: {must} in {field}", next, cause);
    }

    /// <summary>The type of a field of the spec, by its path.</summary>
    private static Type TypeOf(string field)
    {
        var type = typeof(ClusterSpec);
        foreach (var name in field.Split('.', '[').Skip(1))
        {
            // The type of the entries of a list or a map, or of a field.
            var next = type.IsGenericType ? type.GetGenericArguments()[^1]
                : type == typeof(string) ? null
                : type.GetProperties().FirstOrDefault(item => JsonNamingPolicy.CamelCase.ConvertName(item.Name) == name)?.PropertyType;
            if (next is null)
            {
                break;
            }

            type = Nullable.GetUnderlyingType(next) ?? next;
        }

        return type;
    }

    /// <summary>The form in which the JSON reader writes a name with a dot.</summary>
    [GeneratedRegex(@"\['([^']*)'\]", RegexOptions.CultureInvariant)]
    private static partial Regex Quoted();
}
