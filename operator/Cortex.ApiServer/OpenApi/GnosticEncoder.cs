using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Cortex.ApiServer.OpenApi;

/// <summary>
/// Encodes an OpenAPI v2 document in the protobuf form that client-go requests
/// (application/com.github.proto-openapi.spec.v2@v1.0+protobuf). https://protobuf.dev/programming-guides/encoding/
/// </summary>
internal static class GnosticEncoder
{
    private const int Varint = 0, Fixed64 = 1, Delimited = 2;

    public static byte[] Encode(JsonObject document) => Message("Document", document);

    private static byte[] Message(string type, JsonObject value)
    {
        var fields = GnosticMessages.All[type];
        var into = new MemoryStream();
        if (fields.TryGetValue(GnosticMessages.Itself, out var wrapped))
        {
            Bytes(into, wrapped.Number, Message(wrapped.Inner, value));
        }

        foreach (var (name, member) in value)
        {
            if (member is null)
            {
                continue;
            }

            if (fields.TryGetValue(name, out var field))
            {
                Field(into, field, name, member);
            }
            else if (name.StartsWith(GnosticMessages.Extensions, StringComparison.Ordinal)
                && fields.TryGetValue(GnosticMessages.Extensions, out var extension))
            {
                Bytes(into, extension.Number, Pair(name, Any(member)));
            }
        }

        return into.ToArray();
    }

    private static void Field(MemoryStream into, GnosticField field, string name, JsonNode value)
    {
        switch (field.As, value)
        {
            case (FieldEncoding.Text, _):
                Bytes(into, field.Number, Utf8(value.ToString()));
                break;
            case (FieldEncoding.WrappedText, _):
                Bytes(into, field.Number, Nested(1, Utf8(value.ToString())));
                break;
            case (FieldEncoding.Texts, JsonArray texts):
                Each(into, field, texts, text => Utf8(text.ToString()));
                break;
            case (FieldEncoding.Flag, _):
                Flag(into, field.Number, value);
                break;
            case (FieldEncoding.Number, _):
                Number(into, field.Number, double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture));
                break;
            case (FieldEncoding.WholeNumber, _):
                Tag(into, field.Number, Varint);
                Length(into, (ulong)long.Parse(value.ToJsonString(), CultureInfo.InvariantCulture));
                break;
            case (FieldEncoding.Any, _):
                Bytes(into, field.Number, Any(value));
                break;
            case (FieldEncoding.Anys, JsonArray values):
                Each(into, field, values, Any);
                break;
            default:
                Inner(into, field, name, value);
                break;
        }
    }

    private static void Inner(MemoryStream into, GnosticField field, string name, JsonNode value)
    {
        switch (field.As, value)
        {
            case (FieldEncoding.Message, JsonObject inner):
                Bytes(into, field.Number, Message(field.Inner, inner));
                break;
            case (FieldEncoding.Messages, JsonArray items):
                Each(into, field, items, item => Message(field.Inner, item.AsObject()));
                break;
            case (FieldEncoding.Named, JsonObject members):
                Bytes(into, field.Number, Members(name, field.Inner, members));
                break;
            case (FieldEncoding.WrappedMessage or FieldEncoding.MessageOrFlag, JsonObject inner):
                Bytes(into, field.Number, Nested(1, Message(field.Inner, inner)));
                break;
            case (FieldEncoding.MessageOrFlag, _):
                var either = new MemoryStream();
                Flag(either, 2, value);
                Bytes(into, field.Number, either.ToArray());
                break;
        }
    }

    private static byte[] Members(string name, string type, JsonObject members)
    {
        // Of all messages of this form only Paths has its members in field 2.
        var number = name == "paths" ? 2 : 1;
        var into = new MemoryStream();
        foreach (var (member, value) in members)
        {
            Bytes(into, number, Pair(member, Message(type, value as JsonObject ?? [])));
        }

        return into.ToArray();
    }

    private static void Each(MemoryStream into, GnosticField field, JsonArray values, Func<JsonNode, byte[]> encode)
    {
        foreach (var value in values.OfType<JsonNode>())
        {
            Bytes(into, field.Number, encode(value));
        }
    }

    // JSON is also YAML, so this needs no YAML writer.
    private static byte[] Any(JsonNode value) => Nested(2, Utf8(value.ToJsonString(Json.Compact)));

    private static byte[] Pair(string name, byte[] value)
    {
        var into = new MemoryStream();
        Bytes(into, 1, Utf8(name));
        Bytes(into, 2, value);
        return into.ToArray();
    }

    private static byte[] Nested(int number, byte[] value)
    {
        var into = new MemoryStream();
        Bytes(into, number, value);
        return into.ToArray();
    }

    private static void Flag(MemoryStream into, int number, JsonNode value)
    {
        Tag(into, number, Varint);
        into.WriteByte(value.GetValue<bool>() ? (byte)1 : (byte)0);
    }

    private static void Number(MemoryStream into, int number, double value)
    {
        Tag(into, number, Fixed64);
        into.Write(BitConverter.GetBytes(value));
    }

    private static void Bytes(MemoryStream into, int number, byte[] value)
    {
        Tag(into, number, Delimited);
        Length(into, (ulong)value.Length);
        into.Write(value);
    }

    private static void Tag(MemoryStream into, int number, int wireType) => Length(into, (ulong)((number << 3) | wireType));

    private static void Length(MemoryStream into, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            into.WriteByte((byte)(value | 0x80));
        }

        into.WriteByte((byte)value);
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
