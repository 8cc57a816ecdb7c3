using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cortex.ApiServer.Errors;
using Cortex.ApiServer.Resources;

namespace Cortex.ApiServer.Requests;

/// <summary>
/// labelSelector and fieldSelector of one request.
/// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
/// https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/
/// </summary>
internal sealed partial class Selector
{
    private readonly IReadOnlyList<Func<JsonObject, bool>> rules;

    private Selector(IReadOnlyList<Func<JsonObject, bool>> rules) => this.rules = rules;

    public bool IsEmpty => rules.Count == 0;

    /// <exception cref="ApiException">400, with the invalid part.</exception>
    public static Selector Parse(ApiResource resource, string? labels, string? fields) =>
        new([.. Split(labels).Select(Label), .. Split(fields).Select(field => Field(resource, field))]);

    public bool Matches(JsonObject body) => rules.All(rule => rule(body));

    // A comma inside "in (a,b)" does not separate requirements.
    private static IEnumerable<string> Split(string? text) => string.IsNullOrWhiteSpace(text)
        ? []
        : Comma().Split(text).Select(part => part.Trim());

    private static Func<JsonObject, bool> Label(string requirement)
    {
        var match = LabelRequirement().Match(requirement);
        if (!match.Success)
        {
            throw Refusals.BadRequest($"unable to parse requirement: found '{requirement}', expected: a label key with an operator");
        }

        var key = match.Groups["key"].Value;
        var values = match.Groups["value"].Value.Split(',').Select(value => value.Trim()).ToHashSet(StringComparer.Ordinal);
        return (match.Groups["not"].Success, match.Groups["operator"].Value) switch
        {
            (true, _) => body => LabelOf(body, key) is null,
            (_, "") => body => LabelOf(body, key) is not null,
            (_, "=" or "==" or "in") => body => LabelOf(body, key) is { } value && values.Contains(value),
            _ => body => LabelOf(body, key) is not { } value || !values.Contains(value),
        };
    }

    private static Func<JsonObject, bool> Field(ApiResource resource, string requirement)
    {
        var match = FieldRequirement().Match(requirement);
        if (!match.Success)
        {
            throw Refusals.BadRequest($"invalid selector: '{requirement}'; can't understand '{requirement}'");
        }

        var (path, equal, value) = (match.Groups["path"].Value, match.Groups["operator"].Value != "!=", match.Groups["value"].Value);
        if (resource.ComputedFields.TryGetValue(path, out var compute))
        {
            return body => compute(body) == value == equal;
        }

        if (path is not ("metadata.name" or "metadata.namespace") && !resource.SelectableFields.Contains(path))
        {
            throw Refusals.BadRequest($"field label not supported: {path}");
        }

        var field = JsonPath.Compile("." + path);
        return body => (field.First(body)?.ToString() ?? "") == value == equal;
    }

    private static string? LabelOf(JsonObject body, string key) => body["metadata"]?["labels"]?[key]?.ToString();

    [GeneratedRegex(@",(?![^(]*\))")]
    private static partial Regex Comma();

    [GeneratedRegex(
        @"^(?:(?<not>!)\s*(?<key>[\w./-]+)|(?<key>[\w./-]+)\s*"
        + @"(?:(?<operator>==|=|!=)\s*(?<value>[\w.-]*)|\s(?<operator>in|notin)\s*\((?<value>[^()]*)\))?)$")]
    private static partial Regex LabelRequirement();

    [GeneratedRegex("^(?<path>[^=!]+)(?<operator>==|=|!=)(?<value>.*)$")]
    private static partial Regex FieldRequirement();
}
