namespace Cortex.ApiServer.OpenApi;

/// <summary>How a JSON member is carried in protobuf.</summary>
internal enum Carried
{
    Text,
    Texts,
    Flag,
    Number,
    Whole,

    /// <summary>Any JSON, as YAML text inside an Any.</summary>
    Any,
    Anys,
    Message,
    Messages,

    /// <summary>An object whose members become repeated (name, message) pairs.</summary>
    Named,

    /// <summary>A text inside a message of one repeated text.</summary>
    WrappedText,

    /// <summary>A message inside a message of one field.</summary>
    WrappedMessage,

    /// <summary>A message or a boolean, either of them.</summary>
    MessageOrFlag,
}

/// <summary>One field of a message: its number, how it is carried, and the message inside if there is one.</summary>
internal sealed record GnosticField(int Number, Carried As, string Inner = "");

/// <summary>
/// The part of gnostic's OpenAPI v2 messages that describes our documents: JSON member to protobuf field.
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
                ["swagger"] = new(1, Carried.Text),
                ["info"] = new(2, Carried.Message, "Info"),
                ["paths"] = new(8, Carried.Named, "PathItem"),
                ["definitions"] = new(9, Carried.Named, "Schema"),
                [Extensions] = new(16, Carried.Any),
            },
            ["Info"] = new Dictionary<string, GnosticField> { ["title"] = new(1, Carried.Text), ["version"] = new(2, Carried.Text) },
            ["PathItem"] = new Dictionary<string, GnosticField>
            {
                ["get"] = new(2, Carried.Message, "Operation"),
                ["put"] = new(3, Carried.Message, "Operation"),
                ["post"] = new(4, Carried.Message, "Operation"),
                ["delete"] = new(5, Carried.Message, "Operation"),
                ["patch"] = new(8, Carried.Message, "Operation"),
            },
            ["Operation"] = new Dictionary<string, GnosticField>
            {
                ["description"] = new(3, Carried.Text),
                ["operationId"] = new(5, Carried.Text),
                ["parameters"] = new(8, Carried.Messages, "ParametersItem"),
                ["responses"] = new(9, Carried.Named, "ResponseValue"),
                [Extensions] = new(13, Carried.Any),
            },
            // Every parameter of ours is a query parameter: item, parameter, non-body parameter, query parameter.
            ["ParametersItem"] = Only(1, "Parameter"),
            ["Parameter"] = Only(2, "NonBodyParameter"),
            ["NonBodyParameter"] = Only(3, "QueryParameter"),
            ["QueryParameter"] = new Dictionary<string, GnosticField>
            {
                ["in"] = new(2, Carried.Text),
                ["description"] = new(3, Carried.Text),
                ["name"] = new(4, Carried.Text),
                ["type"] = new(6, Carried.Text),
            },
            ["ResponseValue"] = Only(1, "Response"),
            ["Response"] = new Dictionary<string, GnosticField> { ["description"] = new(1, Carried.Text) },
            ["Schema"] = Schema(),
        };

    /// <summary>The member name under which a message wraps the whole JSON value once more.</summary>
    public const string Itself = "";

    private static Dictionary<string, GnosticField> Only(int number, string inner) =>
        new() { [Itself] = new(number, Carried.Message, inner) };

    private static Dictionary<string, GnosticField> Schema() => new()
    {
        ["$ref"] = new(1, Carried.Text),
        ["format"] = new(2, Carried.Text),
        ["title"] = new(3, Carried.Text),
        ["description"] = new(4, Carried.Text),
        ["default"] = new(5, Carried.Any),
        ["multipleOf"] = new(6, Carried.Number),
        ["maximum"] = new(7, Carried.Number),
        ["exclusiveMaximum"] = new(8, Carried.Flag),
        ["minimum"] = new(9, Carried.Number),
        ["exclusiveMinimum"] = new(10, Carried.Flag),
        ["maxLength"] = new(11, Carried.Whole),
        ["minLength"] = new(12, Carried.Whole),
        ["pattern"] = new(13, Carried.Text),
        ["maxItems"] = new(14, Carried.Whole),
        ["minItems"] = new(15, Carried.Whole),
        ["uniqueItems"] = new(16, Carried.Flag),
        ["maxProperties"] = new(17, Carried.Whole),
        ["minProperties"] = new(18, Carried.Whole),
        ["required"] = new(19, Carried.Texts),
        ["enum"] = new(20, Carried.Anys),
        ["additionalProperties"] = new(21, Carried.MessageOrFlag, "Schema"),
        ["type"] = new(22, Carried.WrappedText),
        ["items"] = new(23, Carried.WrappedMessage, "Schema"),
        ["allOf"] = new(24, Carried.Messages, "Schema"),
        ["properties"] = new(25, Carried.Named, "Schema"),
        [Extensions] = new(31, Carried.Any),
    };
}
