using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cortex.ApiServer.Errors;
using Cortex.ApiServer.Schemas;

namespace Cortex.ApiServer.Resources;

/// <summary>
/// The dotted paths of the values that the scale subresource of a kind shows.
/// https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#scale-subresource
/// </summary>
internal sealed record ScalePaths(string SpecReplicas, string StatusReplicas, string? Selector)
{
    /// <summary>Null when the version of the definition has no scale subresource.</summary>
    public static ScalePaths? Read(JsonObject version) => Scale(version) is { } scale
        ? new(scale.Text("specReplicasPath") ?? "", scale.Text("statusReplicasPath") ?? "", scale.Text("labelSelectorPath"))
        : null;

    /// <param name="path">The path of the version in the definition.</param>
    public static IEnumerable<FieldError> Check(JsonObject version, string path)
    {
        if (Read(version) is not { } scale)
        {
            yield break;
        }

        var at = $"{path}.subresources.scale";
        if (!Under(scale.SpecReplicas, ".spec."))
        {
            yield return FieldError.Invalid($"{at}.specReplicasPath", scale.SpecReplicas, "should be a json path under .spec");
        }

        if (!Under(scale.StatusReplicas, ".status."))
        {
            yield return FieldError.Invalid($"{at}.statusReplicasPath", scale.StatusReplicas, "should be a json path under .status");
        }

        if (scale.Selector is { Length: > 0 } selector && !Under(selector, ".spec.") && !Under(selector, ".status."))
        {
            yield return FieldError.Invalid($"{at}.labelSelectorPath", selector, "should be a json path under either .spec or .status");
        }
    }

    /// <summary>The value must be a number of instances. For a value that is not a number the schema reports an error, too.</summary>
    public IEnumerable<FieldError> Check(JsonObject body)
    {
        if (Get(body, SpecReplicas) is not JsonValue given)
        {
            yield break;
        }

        if (given.GetValueKind() is not JsonValueKind.Number || !ScalarRules.IsWhole(given))
        {
            yield return FieldError.Invalid(
                SpecReplicas, 0, $"{SpecReplicas} accessor error: {given} is of the type {TypeOf(given)}, expected int64");
        }
        else if (given.ToJsonString().StartsWith('-'))
        {
            yield return FieldError.Invalid(SpecReplicas, given, "should be a non-negative integer");
        }
        else if (decimal.Parse(given.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture) > int.MaxValue)
        {
            yield return FieldError.Invalid(SpecReplicas, given, $"should be less than or equal to {int.MaxValue}");
        }
    }

    private static string TypeOf(JsonValue value) =>
        value.GetValueKind() switch { JsonValueKind.String => "string", JsonValueKind.Number => "float64", _ => "bool" };

    public static JsonNode? Get(JsonObject body, string? path) =>
        Members(path).Aggregate<string, JsonNode?>(body, (at, member) => (at as JsonObject)?[member]);

    public static void Set(JsonObject body, string path, JsonNode value)
    {
        var members = Members(path);
        foreach (var member in members[..^1])
        {
            if (body[member] is not JsonObject)
            {
                body[member] = new JsonObject();
            }

            body = body[member]!.AsObject();
        }

        body[members[^1]] = value;
    }

    private static JsonObject? Scale(JsonObject version) => (version["subresources"] as JsonObject)?["scale"] as JsonObject;

    private static string[] Members(string? path) => path?.Split('.', StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static bool Under(string path, string part) =>
        path.Length > part.Length && path.StartsWith(part, StringComparison.Ordinal) && !path.Contains('[', StringComparison.Ordinal);
}
