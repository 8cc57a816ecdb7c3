using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Errors;

/// <summary>One finding about one field, worded as k8s.io/apimachinery/pkg/util/validation/field words it.</summary>
internal sealed record FieldError(string Reason, string Field, string Message)
{
    private const int MaxValueLength = 1024;

    /// <summary>The field that means the whole object, as kube-apiserver writes it.</summary>
    public const string Root = "<nil>";

    public static FieldError Invalid(string field, JsonNode? value, string detail) =>
        new("FieldValueInvalid", field, $"Invalid value: {Show(value)}: {detail}");

    /// <summary>A value that is too large to be shown.</summary>
    public static FieldError Invalid(string field, string detail) => new("FieldValueInvalid", field, $"Invalid value: {detail}");

    public static FieldError Duplicate(string field, JsonNode? value) =>
        new("FieldValueDuplicate", field, $"Duplicate value: {Show(value)}");

    public static FieldError Duplicate(string field) => new("FieldValueDuplicate", field, "Duplicate value");

    public static FieldError TypeInvalid(string field, JsonNode? value, string detail) =>
        new("FieldValueTypeInvalid", field, $"Invalid value: {Show(value)}: {detail}");

    /// <summary>A number outside the range of its format.</summary>
    public static FieldError NotOfFormat(string field, string format) =>
        Invalid(Root, "", $"Checked value must be of type integer with format {format} in {field}");

    public static FieldError Required(string field, string detail = "") =>
        new("FieldValueRequired", field, detail.Length == 0 ? "Required value" : $"Required value: {detail}");

    public static FieldError NotSupported(string field, JsonNode? value, IEnumerable<JsonNode?> supported) =>
        new(
            "FieldValueNotSupported",
            field,
            $"Unsupported value: {Show(value)}: supported values: {string.Join(", ", supported.Select(Show))}");

    public static FieldError TooLong(string field, long most) =>
        new("FieldValueTooLong", field, $"Too long: may not be more than {most} bytes");

    public static FieldError TooMany(string field, long actual, long most) =>
        new("FieldValueTooMany", field, $"Too many: {actual}: must have at most {most} items");

    public static FieldError Forbidden(string field, string detail) =>
        new("FieldValueForbidden", field, $"Forbidden: {detail}");

    /// <summary>Stands for the findings beyond the limit of an answer.</summary>
    public static FieldError More(int count) => new("FieldValueInvalid", Root, $"{count} more errors are left out; correct these first");

    public override string ToString() => $"{Field}: {Message}";

    public JsonObject ToCause() => new() { ["reason"] = Reason, ["message"] = Message, ["field"] = Field };

    /// <summary>The start of a client's text, which may be as long as its request.</summary>
    public static string Shorten(string text, int most)
    {
        if (text.Length <= most)
        {
            return text;
        }

        var length = char.IsHighSurrogate(text[most - 1]) ? most - 1 : most;
        return text[..length] + "…";
    }

    private static string Show(JsonNode? value) => value switch
    {
        null => "null",
        JsonValue scalar when scalar.GetValueKind() is JsonValueKind.String =>
            Shorten(GoText.Quote(Shorten(scalar.ToString(), MaxValueLength)), MaxValueLength),
        _ => Shorten(value.ToJsonString(Relaxed), MaxValueLength),
    };

    private static readonly JsonSerializerOptions Relaxed = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
