using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cortex.ApiServer.Cel;
using Cortex.ApiServer.Errors;

namespace Cortex.ApiServer.Schemas;

/// <summary>Rules about numbers and strings.</summary>
internal static class ScalarRules
{
    private static readonly ConcurrentDictionary<string, Regex> Patterns = new();

    public static void Check(JsonObject schema, JsonValue value, string path, List<FieldError> errors)
    {
        if (value.GetValueKind() is JsonValueKind.Number)
        {
            CheckNumber(schema, value, path, errors);
        }
        else if (value.GetValueKind() is JsonValueKind.String)
        {
            CheckString(schema, value, path, errors);
        }
    }

    /// <summary>1 and 1.0 are integers in JSON Schema, 1.5 is not.</summary>
    public static bool IsWhole(JsonValue value) =>
        decimal.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        && decimal.Truncate(number) == number;

    private static void CheckNumber(JsonObject schema, JsonValue value, string path, List<FieldError> errors)
    {
        var number = Parse(value);
        if (schema.Text("format") == "int32" && number is < int.MinValue or > int.MaxValue)
        {
            errors.Add(FieldError.NotOfFormat(path, "int32"));
        }

        if (schema["maximum"] is JsonValue most && (schema.Flag("exclusiveMaximum") ? number >= Parse(most) : number > Parse(most)))
        {
            Say($"should be less than {OrEqual(schema, "exclusiveMaximum")}{Show(most)}");
        }

        if (schema["minimum"] is JsonValue least && (schema.Flag("exclusiveMinimum") ? number <= Parse(least) : number < Parse(least)))
        {
            Say($"should be greater than {OrEqual(schema, "exclusiveMinimum")}{Show(least)}");
        }

        if (schema["multipleOf"] is JsonValue factor && Math.IEEERemainder(number, Parse(factor)) != 0)
        {
            Say($"should be a multiple of {Show(factor)}");
        }

        void Say(string what) => errors.Add(FieldError.Invalid(path, value, $"{path} in body {what}"));
    }

    private static void CheckString(JsonObject schema, JsonValue value, string path, List<FieldError> errors)
    {
        var text = value.ToString();
        var length = text.EnumerateRunes().Count();
        if (schema.Number("maxLength") is { } most && length > most)
        {
            errors.Add(FieldError.TooLong(path, most));
        }

        if (schema.Number("minLength") is { } least && length < least)
        {
            errors.Add(FieldError.Invalid(path, value, $"{path} in body should be at least {least} chars long"));
        }

        if (schema.Text("pattern") is { } pattern && !Matches(pattern, text))
        {
            errors.Add(FieldError.Invalid(path, value, $"{path} in body should match '{pattern}'"));
        }

        if (schema.Text("format") is { } format && !Formats.Accepts(format, text))
        {
            errors.Add(FieldError.Invalid(path, value, $"{path} in body must be of type {format}: \"{text}\""));
        }
    }

    /// <summary>Why a pattern cannot be used; null for a usable pattern.</summary>
    public static string? FaultOf(string pattern)
    {
        try
        {
            _ = Re2.Compile(pattern);
            return null;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            return exception.Message;
        }
    }

    private static bool Matches(string pattern, string text) => Patterns.GetOrAdd(pattern, Re2.Compile).IsMatch(text);

    private static string OrEqual(JsonObject schema, string exclusive) => schema.Flag(exclusive) ? "" : "or equal to ";

    private static double Parse(JsonValue value) => double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture);

    private static string Show(JsonValue value) => Parse(value).ToString(CultureInfo.InvariantCulture);
}
