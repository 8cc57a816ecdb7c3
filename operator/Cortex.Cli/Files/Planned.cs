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

/// <summary>A manifest as the operator will read it. What it may say is judged before anything is done.</summary>
internal static partial class Planned
{
    /// <summary>As the API reads with strict field validation.</summary>
    private static readonly JsonSerializerOptions Strict = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <exception cref="CommandException">There is no such field, its value has the wrong type, or the operator would refuse it; every problem is named.</exception>
    public static CortexCluster From(Manifest manifest) => From(manifest.Content, manifest);

    /// <param name="content">What the resource would be.</param>
    /// <param name="manifest">The file that it comes from.</param>
    /// <exception cref="CommandException">As for <see cref="From(Manifest)"/>.</exception>
    public static CortexCluster From(JsonObject content, Manifest manifest)
    {
        var cluster = Read(content, manifest);
        return Validity.Of(cluster) is { Count: > 0 } problems
            ? throw new CommandException(
                $"{manifest.Source}: {cluster.Metadata.Name} would be refused: {FieldRefusal.Summary([.. problems.Select(one => one with { Path = $"line {manifest.LineOf(one.Path)}: {one.Path}" })])}",
                "correct the file")
            : cluster;
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
                ? new CommandException($"{place}: {field} is no field of a {CortexCluster.KindName}", "correct its name or its place; kubectl explain cortexcluster.spec lists them", e)
                : WrongType(place, field, manifest.Text(field), TypeOf(field), e);
        }

        return KubernetesJson.Deserialize<CortexCluster>(content.ToJsonString());
    }

    /// <summary>As the API reads it, to which a field without a value is one that was left out.</summary>
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
            _ when type == typeof(string) => ("must be a text", text is { Length: > 0 } ? $"write \"{text}\"" : "write one text there"),
            _ when type == typeof(int) => ("must be a whole number", int.TryParse(text, out var number) ? $"write {number}, without quotes" : "write one like 2, without quotes"),
            _ when type == typeof(bool) => ("must be true or false", "write true or false, without quotes"),
            { IsEnum: true } => ($"must be one of {string.Join(", ", Enum.GetNames(type))}", "write one of them"),
            { IsGenericType: true } when type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) => ("must be a list", "begin each of its lines with \"- \""),
            _ when text is { Length: > 0 } => ("expected \"field: value\"", $"put a colon after the name of the field: \"{text}\" is none"),
            _ => ("expected \"field: value\"", "write its fields there, each on a line of its own"),
        };
        return new CommandException(must.StartsWith("must", StringComparison.Ordinal) ? $"{place}: {field} {must}" : $"{place}: {must} in {field}", next, cause);
    }

    /// <summary>What a field of the spec holds, by its path.</summary>
    private static Type TypeOf(string field)
    {
        var type = typeof(ClusterSpec);
        foreach (var name in field.Split('.', '[').Skip(1))
        {
            // The entries of lists and of maps, or a field.
            var next = type.IsGenericType ? type.GetGenericArguments()[^1]
                : type == typeof(string) ? null
                : type.GetProperties().FirstOrDefault(one => JsonNamingPolicy.CamelCase.ConvertName(one.Name) == name)?.PropertyType;
            if (next is null)
            {
                break;
            }

            type = Nullable.GetUnderlyingType(next) ?? next;
        }

        return type;
    }

    /// <summary>How the reader writes a name that has a dot in it.</summary>
    [GeneratedRegex(@"\['([^']*)'\]", RegexOptions.CultureInvariant)]
    private static partial Regex Quoted();
}
