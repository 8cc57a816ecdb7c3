using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;

namespace Cortex.Cli.Files;

/// <summary>A resource from a YAML file, with the line of each of its fields.</summary>
/// <param name="Source">The name of the file in messages.</param>
internal sealed record Manifest(JsonObject Content, string Source)
{
    private readonly Dictionary<string, (long Line, string? Text)> fields = new(StringComparer.Ordinal);

    public static Manifest Of(YamlNode node, JsonObject content, string source)
    {
        var manifest = new Manifest(content, source);
        manifest.Note("", node, node.Start.Line);
        return manifest;
    }

    /// <summary>The value of a field as it is written in the file; null if the field is absent or not a scalar.</summary>
    public string? Text(string field) => fields.GetValueOrDefault(field).Text;

    /// <summary>
    /// The line of a field such as <c>spec.postgres.hba[0]</c>; for an absent field, the line of the field that would contain it.
    /// </summary>
    public long LineOf(string field)
    {
        while (field.Length > 0)
        {
            if (fields.TryGetValue(field, out var found))
            {
                return found.Line;
            }

            field = field[..Math.Max(field.LastIndexOfAny(['.', '[']), 0)];
        }

        return fields[""].Line;
    }

    private void Note(string path, YamlNode node, long line)
    {
        fields[path] = (line, (node as YamlScalarNode)?.Value);
        switch (node)
        {
            case YamlMappingNode mapping:
                foreach (var (key, value) in mapping.Children)
                {
                    var name = ((YamlScalarNode)key).Value ?? "";
                    Note(
                        path.Length == 0 ? name : $"{path}.{name}",
                        value,
                        value is YamlScalarNode { Value: not (null or "") } ? value.Start.Line : key.Start.Line);
                }

                break;
            case YamlSequenceNode sequence:
                foreach (var (index, value) in sequence.Children.Index())
                {
                    Note(string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]"), value, value.Start.Line);
                }

                break;
        }
    }
}
