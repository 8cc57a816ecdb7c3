using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Cortex.Cli.Files;

/// <summary>
/// Converts YAML to JSON. Scalars get the types that kubectl gives them (YAML 1.1: <c>on</c> and <c>yes</c> are booleans), so that a file
/// has the same meaning to both.
/// </summary>
internal static partial class YamlJson
{
    private static readonly HashSet<string> Truths = ["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"];
    private static readonly HashSet<string> Falsehoods = ["false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"];
    private static readonly HashSet<string> Nothings = ["", "~", "null", "Null", "NULL"];

    /// <param name="node">A node that <see cref="YamlLimits"/> has accepted: it is finite, and its keys are scalars.</param>
    public static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new JsonObject(mapping.Children.Select(pair =>
            KeyValuePair.Create(((YamlScalarNode)pair.Key).Value ?? "", Convert(pair.Value)))),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Select(Convert)]),
        YamlScalarNode scalar => Scalar(scalar),
        _ => null,
    };

    private static JsonNode? Scalar(YamlScalarNode scalar)
    {
        var text = scalar.Value ?? "";
        if (scalar.Style is not ScalarStyle.Plain || scalar.Tag == "tag:yaml.org,2002:str")
        {
            return text;
        }

        return Nothings.Contains(text) ? null
            : Truths.Contains(text) ? JsonValue.Create(true)
            : Falsehoods.Contains(text) ? JsonValue.Create(false)
            : Whole().IsMatch(text)
                && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? JsonValue.Create(whole)
            : Broken().IsMatch(text)
                && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var broken) ? JsonValue.Create(broken)
            : JsonValue.Create(text);
    }

    [GeneratedRegex(@"^[-+]?(0|[1-9]\d*)$", RegexOptions.CultureInvariant)]
    private static partial Regex Whole();

    [GeneratedRegex(@"^[-+]?(\d+\.\d*([eE][-+]?\d+)?|\.\d+([eE][-+]?\d+)?|\d+[eE][-+]?\d+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Broken();
}
