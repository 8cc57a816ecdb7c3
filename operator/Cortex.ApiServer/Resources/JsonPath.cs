using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Cortex.ApiServer.Resources;

/// <summary>
/// The part of Kubernetes' JSONPath that printer columns use: <c>.a.b</c>, <c>['a']</c>, <c>[0]</c>, <c>[*]</c> and
/// <c>[?(@.type=="Ready")]</c>. https://kubernetes.io/docs/reference/kubectl/jsonpath/
/// </summary>
internal sealed partial class JsonPath
{
    private readonly IReadOnlyList<Func<JsonNode, IEnumerable<JsonNode?>>> steps;

    private JsonPath(IReadOnlyList<Func<JsonNode, IEnumerable<JsonNode?>>> steps) => this.steps = steps;

    /// <summary>An invalid path selects nothing, because a column must never make a listing fail.</summary>
    public static JsonPath Compile(string path)
    {
        var steps = new List<Func<JsonNode, IEnumerable<JsonNode?>>>();
        var at = 0;
        while (at < path.Length)
        {
            var match = Step().Match(path, at);
            if (!match.Success)
            {
                return new([_ => []]);
            }

            steps.Add(Read(match));
            at += match.Length;
        }

        return new(steps);
    }

    public JsonNode? First(JsonNode root)
    {
        IEnumerable<JsonNode?> found = [root];
        foreach (var step in steps)
        {
            found = found.OfType<JsonNode>().SelectMany(step);
        }

        return found.FirstOrDefault();
    }

    private static Func<JsonNode, IEnumerable<JsonNode?>> Read(Match match)
    {
        if (match.Groups["name"] is { Success: true } name)
        {
            return Member(name.Value.Replace("\\.", ".", StringComparison.Ordinal));
        }

        if (match.Groups["quoted"] is { Success: true } quoted)
        {
            return Member(quoted.Value);
        }

        if (match.Groups["index"] is { Success: true } index)
        {
            return Item(int.Parse(index.Value, CultureInfo.InvariantCulture));
        }

        if (match.Groups["key"] is { Success: true } key)
        {
            return Filter(Compile("." + key.Value), match.Groups["operator"].Value == "==", match.Groups["value"].Value);
        }

        return All;
    }

    private static IEnumerable<JsonNode?> All(JsonNode node) => node switch
    {
        JsonArray list => list,
        JsonObject map => map.Select(member => member.Value),
        _ => [],
    };

    private static Func<JsonNode, IEnumerable<JsonNode?>> Member(string name) =>
        node => node is JsonObject map && map.TryGetPropertyValue(name, out var value) ? [value] : [];

    /// <param name="index">A negative index counts from the end.</param>
    private static Func<JsonNode, IEnumerable<JsonNode?>> Item(int index) => node =>
    {
        if (node is not JsonArray list)
        {
            return [];
        }

        var at = index < 0 ? list.Count + index : index;
        return at >= 0 && at < list.Count ? [list[at]] : [];
    };

    private static Func<JsonNode, IEnumerable<JsonNode?>> Filter(JsonPath key, bool equal, string value) => node =>
        node is JsonArray list ? list.Where(item => item is not null && (key.First(item)?.ToString() == value) == equal) : [];

    [GeneratedRegex("""
        \G(?: \.(?<name>(?:\\\.|[^.\[\]\\])+)
            | \[ ['"](?<quoted>[^'"]*)['"] \]
            | \[ (?<index>-?\d+) \]
            | \[ \?\( \s* @\.(?<key>[^=!\s]+) \s* (?<operator>==|!=) \s* ['"]?(?<value>[^'")]*)['"]? \s* \) \]
            | \.?\[ \* \] | \.\* )
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant)]
    private static partial Regex Step();
}
