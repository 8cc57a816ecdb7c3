using System.Text;
using System.Text.Json.Nodes;

namespace Cortex.Testing;

/// <summary>Changes JSON by chance: what was sound stays nearly so, which leads farther in than noise does.</summary>
public static class JsonFuzz
{
    private static readonly string[] OddValues =
    [
        "null", "5", "-1", "0", "1.5", "1e400", "9223372036854775808", "2147483648", "\"\"", "\"x\"", "\"any\"", "true", "false", "[]",
        "{}", "[null]", "[5]", "[[]]", "[{}]", "{\"a\":null}", "{\"a\":{}}", "{\"\":1}",
        "\"\\u0000\"", "\"a\\nb\"", "\"\u0661\"", "\"😀\"", "\"../..\"", "\"9999999999999999999999h\"", "\"99999999999999999999\"",
    ];

    /// <summary>Changes it in up to that many places.</summary>
    public static void Mutate(FuzzCase fuzz, JsonNode root, int most = 4)
    {
        for (var i = fuzz.Below(most + 1); i > 0; i--)
        {
            MutateOnce(fuzz, fuzz.Pick(Containers(root).ToList()));
        }
    }

    /// <summary>Its text, in one of many cases damaged.</summary>
    public static byte[] Bytes(FuzzCase fuzz, JsonNode? node)
    {
        var bytes = Encoding.UTF8.GetBytes(node?.ToJsonString() ?? "null");
        if (bytes.Length == 0 || !fuzz.Chance(10))
        {
            return bytes;
        }

        for (var i = 1 + fuzz.Below(3); i > 0; i--)
        {
            bytes[fuzz.Below(bytes.Length)] = (byte)fuzz.Below(256);
        }

        return fuzz.Chance(30) ? bytes[..fuzz.Below(bytes.Length)] : bytes;
    }

    /// <summary>Anything: a number, a list, a text of odd characters, a long one, something deep or wide.</summary>
    public static JsonNode? Value(FuzzCase fuzz) => fuzz.Below(12) switch
    {
        0 => JsonValue.Create(fuzz.Text()),
        1 => JsonValue.Create(new string(fuzz.Pick("aé\n".ToCharArray()), fuzz.Pick([64, 300, 5000]))),
        2 => JsonNode.Parse(Nested(fuzz.Pick([3, 40]))),
        3 => new JsonArray([.. fuzz.Some(20, () => (JsonNode?)JsonValue.Create(fuzz.Text(4)))]),
        4 => Wide(fuzz.Pick([100, 3000]), JsonNode.Parse(fuzz.Pick(OddValues))),
        _ => JsonNode.Parse(fuzz.Pick(OddValues)),
    };

    /// <summary>A JSON pointer to a place in it, or near one.</summary>
    public static string PointerInto(FuzzCase fuzz, JsonNode root)
    {
        var path = new StringBuilder();
        for (JsonNode? at = root; at is JsonObject or JsonArray && fuzz.Chance(85);)
        {
            if (at is JsonObject { Count: > 0 } map)
            {
                var (name, next) = fuzz.Pick(map.ToList());
                path.Append('/').Append(name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal));
                at = next;
            }
            else if (at is JsonArray { Count: > 0 } list)
            {
                var index = fuzz.Below(list.Count);
                path.Append('/').Append(index);
                at = list[index];
            }
            else
            {
                break;
            }
        }

        return fuzz.Below(8) switch
        {
            0 => $"{path}/-",
            1 => $"{path}/{fuzz.Text(4)}",
            2 => $"{path}/0",
            3 => fuzz.Text(6),
            _ => path.ToString(),
        };
    }

    private static void MutateOnce(FuzzCase fuzz, JsonNode container)
    {
        if (container is JsonArray list)
        {
            if (list.Count == 0 || fuzz.Chance(40))
            {
                list.Add(Value(fuzz));
            }
            else if (fuzz.Chance(50))
            {
                list.RemoveAt(fuzz.Below(list.Count));
            }
            else
            {
                list[fuzz.Below(list.Count)] = Value(fuzz);
            }

            return;
        }

        var map = container.AsObject();
        if (map.Count == 0 || fuzz.Chance(15))
        {
            map[fuzz.Chance(50) ? fuzz.Text(6) : "added"] = Value(fuzz);
        }
        else if (fuzz.Chance(25))
        {
            map.Remove(fuzz.Pick(map.ToList()).Key);
        }
        else
        {
            map[fuzz.Pick(map.ToList()).Key] = Value(fuzz);
        }
    }

    private static IEnumerable<JsonNode> Containers(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(member => Containers(member.Value)).Prepend(map),
        JsonArray list => list.SelectMany(Containers).Prepend(list),
        _ => [],
    };

    private static JsonObject Wide(int members, JsonNode? value) =>
        new(Enumerable.Range(0, members).Select(i => KeyValuePair.Create($"w{i}", value?.DeepClone())));

    private static string Nested(int levels) =>
        string.Concat(Enumerable.Repeat("{\"a\":[", levels / 2)) + "1" + string.Concat(Enumerable.Repeat("]}", levels / 2));
}
