using System.Text;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Cortex.ApiServer.Errors;

namespace Cortex.ApiServer.Requests;

/// <summary>
/// Reads the few objects that kubectl always writes as protobuf, even if the server does not offer it (from 1.33 on: create namespace,
/// auth can-i, and the options of a deletion). Answers are always JSON, which kubectl accepts, too.
/// https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
/// </summary>
internal static class ProtobufBody
{
    public const string MediaType = "application/vnd.kubernetes.protobuf";

    /// <summary>The content of a field. The numbers are those of k8s.io/api's generated.proto files; other fields are skipped.</summary>
    private abstract record Field(string Name);

    private sealed record Text(string Name) : Field(Name);

    private sealed record Texts(string Name) : Field(Name);

    private sealed record Number(string Name) : Field(Name);

    private sealed record Flag(string Name) : Field(Name);

    private sealed record Map(string Name) : Field(Name);

    private sealed record Message(string Name, IReadOnlyDictionary<int, Field> Fields) : Field(Name);

    private sealed record Messages(string Name, IReadOnlyDictionary<int, Field> Fields) : Field(Name);

    private static readonly Dictionary<int, Field> Entry = new() { [1] = new Text("key"), [2] = new Text("value") };

    private static readonly Dictionary<int, Field> Owner = new()
    {
        [1] = new Text("kind"),
        [3] = new Text("name"),
        [4] = new Text("uid"),
        [5] = new Text("apiVersion"),
        [6] = new Flag("controller"),
        [7] = new Flag("blockOwnerDeletion"),
    };

    // Members that only the server sets are left out: timestamps, deletion, managed fields.
    private static readonly Message Metadata = new("metadata", new Dictionary<int, Field>
    {
        [1] = new Text("name"),
        [2] = new Text("generateName"),
        [3] = new Text("namespace"),
        [5] = new Text("uid"),
        [6] = new Text("resourceVersion"),
        [11] = new Map("labels"),
        [12] = new Map("annotations"),
        [13] = new Messages("ownerReferences", Owner),
        [14] = new Texts("finalizers"),
    });

    private static readonly Dictionary<int, Field> Asked = new()
    {
        [1] = new Text("namespace"),
        [2] = new Text("verb"),
        [3] = new Text("group"),
        [4] = new Text("version"),
        [5] = new Text("resource"),
        [6] = new Text("subresource"),
        [7] = new Text("name"),
    };

    private static readonly Dictionary<string, IReadOnlyDictionary<int, Field>> Kinds = new()
    {
        ["Namespace"] = new Dictionary<int, Field>
        {
            [1] = Metadata,
            [2] = new Message("spec", new Dictionary<int, Field> { [1] = new Texts("finalizers") }),
        },
        ["SelfSubjectAccessReview"] = new Dictionary<int, Field>
        {
            [1] = Metadata,
            [2] = new Message("spec", new Dictionary<int, Field>
            {
                [1] = new Message("resourceAttributes", Asked),
                [2] = new Message("nonResourceAttributes", new Dictionary<int, Field> { [1] = new Text("path"), [2] = new Text("verb") }),
            }),
        },
        ["DeleteOptions"] = new Dictionary<int, Field>
        {
            [1] = new Number("gracePeriodSeconds"),
            [2] = new Message("preconditions", new Dictionary<int, Field> { [1] = new Text("uid"), [2] = new Text("resourceVersion") }),
            [3] = new Flag("orphanDependents"),
            [4] = new Text("propagationPolicy"),
            [5] = new Texts("dryRun"),
        },
    };

    /// <exception cref="ApiException">400 for an invalid message, 415 for a kind that is read in JSON only.</exception>
    public static JsonObject Read(ReadOnlySpan<byte> bytes)
    {
        // The envelope: four bytes, then a message with the type and the bytes of the object.
        if (!bytes.StartsWith("k8s\0"u8))
        {
            throw ProtobufReader.Unreadable("it does not begin with the four bytes of Kubernetes' envelope");
        }

        var (apiVersion, kind) = ("", "");
        var raw = ReadOnlySpan<byte>.Empty;
        var envelope = new ProtobufReader(bytes[4..]);
        while (envelope.Next())
        {
            if (envelope.Field == 1)
            {
                (apiVersion, kind) = ReadType(envelope.Bytes());
            }
            else if (envelope.Field == 2)
            {
                raw = envelope.Bytes();
            }
        }

        if (!Kinds.TryGetValue(kind, out var fields))
        {
            throw Refusals.UnsupportedMediaType("application/json");
        }

        var body = ReadMessage(raw, fields);
        body["apiVersion"] = apiVersion;
        body["kind"] = kind;
        return body;
    }

    private static (string ApiVersion, string Kind) ReadType(ReadOnlySpan<byte> bytes)
    {
        var (apiVersion, kind) = ("", "");
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                apiVersion = ToText(reader.Bytes());
            }
            else if (reader.Field == 2)
            {
                kind = ToText(reader.Bytes());
            }
        }

        return (apiVersion, kind);
    }

    private static JsonObject ReadMessage(ReadOnlySpan<byte> bytes, IReadOnlyDictionary<int, Field> fields)
    {
        var body = new JsonObject();
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            if (fields.TryGetValue(reader.Field, out var field))
            {
                Put(body, field, ref reader);
            }
        }

        return body;
    }

    private static void Put(JsonObject body, Field field, ref ProtobufReader reader)
    {
        switch (field)
        {
            // Go writes an unset text as an empty text.
            case Text when ToText(reader.Bytes()) is { Length: > 0 } text:
                body[field.Name] = text;
                break;
            case Texts:
                List(body, field.Name).Add(ToText(reader.Bytes()));
                break;
            case Number:
                body[field.Name] = (long)reader.Number();
                break;
            case Flag:
                body[field.Name] = reader.Number() != 0;
                break;
            case Map:
                var entry = ReadMessage(reader.Bytes(), Entry);
                body[field.Name] ??= new JsonObject();
                body[field.Name]![entry.Text("key") ?? ""] = entry.Text("value") ?? "";
                break;
            case Message message:
                body[field.Name] = ReadMessage(reader.Bytes(), message.Fields);
                break;
            case Messages messages:
                List(body, field.Name).Add(ReadMessage(reader.Bytes(), messages.Fields));
                break;
        }
    }

    private static JsonArray List(JsonObject body, string name)
    {
        if (body[name] is not JsonArray list)
        {
            body[name] = list = [];
        }

        return list;
    }

    private static string ToText(ReadOnlySpan<byte> bytes) =>
        Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : throw ProtobufReader.Unreadable("a text is not valid UTF-8");
}
