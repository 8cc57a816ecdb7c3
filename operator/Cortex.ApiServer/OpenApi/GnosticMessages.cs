namespace Cortex.ApiServer.OpenApi;

/// <summary>How protobuf encodes a JSON member.</summary>
internal enum FieldEncoding
{
    Text,
    Texts,
    Flag,
    Number,
    WholeNumber,

    /// <summary>Any JSON, as YAML text inside an Any message.</summary>
    Any,
    Anys,
    Message,
    Messages,

    /// <summary>An object whose members become repeated (name, message) pairs.</summary>
    Named,

    /// <summary>A text inside a message with one repeated text.</summary>
    WrappedText,

    /// <summary>A message inside a message with one field.</summary>
    WrappedMessage,

    /// <summary>Either a message or a boolean.</summary>
    MessageOrFlag,
}

/// <summary>One field of a message: its number, its encoding, and the type of the message inside, if there is a message inside.</summary>
internal sealed record GnosticField(int Number, FieldEncoding As, string Inner = "");

/// <summary>
/// The part of gnostic's OpenAPI v2 messages that these documents use: JSON member to protobuf field.
/// Numbers are from openapiv2/OpenAPIv2.proto of https://github.com/google/gnostic
/// </summary>
internal static class GnosticMessages
{
    public const string Extensions = "x-";

    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, GnosticField>> All { get; } =
        new Dictionary<string, IReadOnlyDictionary<string, GnosticField>>
        {
            ["Document"] = new Dictionary<string, GnosticField>
            {
                ["swagger"] = new(1, FieldEncoding.Text),
                ["info"] = new(2, FieldEncoding.Message, "Info"),
                ["paths"] = new(8, FieldEncoding.Named, "PathItem"),
                ["definitions"] = new(9, FieldEncoding.Named, "Schema"),
                [Extensions] = new(16, FieldEncoding.Any),
            },
            ["Info"] = new Dictionary<string, GnosticField>
            {
                ["title"] = new(1, FieldEncoding.Text),
                ["version"] = new(2, FieldEncoding.Text),
            },
            ["PathItem"] = new Dictionary<string, GnosticField>
            {
                ["get"] = new(2, FieldEncoding.Message, "Operation"),
                ["put"] = new(3, FieldEncoding.Message, "Operation"),
                ["post"] = new(4, FieldEncoding.Message, "Operation"),
                ["delete"] = new(5, FieldEncoding.Message, "Operation"),
                ["patch"] = new(8, FieldEncoding.Message, "Operation"),
            },
            ["Operation"] = new Dictionary<string, GnosticField>
            {
                ["description"] = new(3, FieldEncoding.Text),
                ["operationId"] = new(5, FieldEncoding.Text),
                ["parameters"] = new(8, FieldEncoding.Messages, "ParametersItem"),
                ["responses"] = new(9, FieldEncoding.Named, "ResponseValue"),
                [Extensions] = new(13, FieldEncoding.Any),
            },
            // Every parameter here is a query parameter: item, parameter, non-body parameter, query parameter.
            ["ParametersItem"] = Only(1, "Parameter"),
            ["Parameter"] = Only(2, "NonBodyParameter"),
            ["NonBodyParameter"] = Only(3, "QueryParameter"),
            ["QueryParameter"] = new Dictionary<string, GnosticField>
            {
                ["in"] = new(2, FieldEncoding.Text),
                ["description"] = new(3, FieldEncoding.Text),
                ["name"] = new(4, FieldEncoding.Text),
                ["type"] = new(6, FieldEncoding.Text),
            },
            ["ResponseValue"] = Only(1, "Response"),
            ["Response"] = new Dictionary<string, GnosticField> { ["description"] = new(1, FieldEncoding.Text) },
            ["Schema"] = Schema(),
        };

    /// <summary>The name under which a message wraps the whole JSON value once more.</summary>
    public const string Itself = "";

    private static Dictionary<string, GnosticField> Only(int number, string inner) =>
        new() { [Itself] = new(number, FieldEncoding.Message, inner) };

    private static Dictionary<string, GnosticField> Schema() => new()
    {
        ["$ref"] = new(1, FieldEncoding.Text),
        ["format"] = new(2, FieldEncoding.Text),
        ["title"] = new(3, FieldEncoding.Text),
        ["description"] = new(4, FieldEncoding.Text),
        ["default"] = new(5, FieldEncoding.Any),
        ["multipleOf"] = new(6, FieldEncoding.Number),
        ["maximum"] = new(7, FieldEncoding.Number),
        ["exclusiveMaximum"] = new(8, FieldEncoding.Flag),
        ["minimum"] = new(9, FieldEncoding.Number),
        ["exclusiveMinimum"] = new(10, FieldEncoding.Flag),
        ["maxLength"] = new(11, FieldEncoding.WholeNumber),
        ["minLength"] = new(12, FieldEncoding.WholeNumber),
        ["pattern"] = new(13, FieldEncoding.Text),
        ["maxItems"] = new(14, FieldEncoding.WholeNumber),
        ["minItems"] = new(15, FieldEncoding.WholeNumber),
        ["uniqueItems"] = new(16, FieldEncoding.Flag),
        ["maxProperties"] = new(17, FieldEncoding.WholeNumber),
        ["minProperties"] = new(18, FieldEncoding.WholeNumber),
        ["required"] = new(19, FieldEncoding.Texts),
        ["enum"] = new(20, FieldEncoding.Anys),
        ["additionalProperties"] = new(21, FieldEncoding.MessageOrFlag, "Schema"),
        ["type"] = new(22, FieldEncoding.WrappedText),
        ["items"] = new(23, FieldEncoding.WrappedMessage, "Schema"),
        ["allOf"] = new(24, FieldEncoding.Messages, "Schema"),
        ["properties"] = new(25, FieldEncoding.Named, "Schema"),
        [Extensions] = new(31, FieldEncoding.Any),
    };
}
