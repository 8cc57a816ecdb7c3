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
    public static void Mutate(FuzzCase one, JsonNode root, int most = 4)
    {
        for (var i = one.Below(most + 1); i > 0; i--)
        {
            MutateOnce(one, one.Pick(Containers(root).ToList()));
        }
    }

    /// <summary>Its text, in one of many cases damaged.</summary>
    public static byte[] Bytes(FuzzCase one, JsonNode? node)
    {
        var bytes = Encoding.UTF8.GetBytes(node?.ToJsonString() ?? "null");
        if (bytes.Length == 0 || !one.Chance(10))
        {
            return bytes;
        }

        for (var i = 1 + one.Below(3); i > 0; i--)
        {
            bytes[one.Below(bytes.Length)] = (byte)one.Below(256);
        }

        return one.Chance(30) ? bytes[..one.Below(bytes.Length)] : bytes;
    }

    /// <summary>Anything: a number, a list, a text of odd characters, a long one, something deep or wide.</summary>
    public static JsonNode? Value(FuzzCase one) => one.Below(12) switch
    {
        0 => JsonValue.Create(one.Text()),
        1 => JsonValue.Create(new string(one.Pick("aé\n".ToCharArray()), one.Pick([64, 300, 5000]))),
        2 => JsonNode.Parse(Nested(one.Pick([3, 40]))),
        3 => new JsonArray([.. one.Some(20, () => (JsonNode?)JsonValue.Create(one.Text(4)))]),
        4 => Wide(one.Pick([100, 3000]), JsonNode.Parse(one.Pick(OddValues))),
        _ => JsonNode.Parse(one.Pick(OddValues)),
    };

    /// <summary>A JSON pointer to a place in it, or near one.</summary>
    public static string PointerInto(FuzzCase one, JsonNode root)
    {
        var path = new StringBuilder();
        for (JsonNode? at = root; at is JsonObject or JsonArray && one.Chance(85);)
        {
            if (at is JsonObject { Count: > 0 } map)
            {
                var (name, next) = one.Pick(map.ToList());
                path.Append('/').Append(name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal));
                at = next;
            }
            else if (at is JsonArray { Count: > 0 } list)
            {
                var index = one.Below(list.Count);
                path.Append('/').Append(index);
                at = list[index];
            }
            else
            {
                break;
            }
        }

        return one.Below(8) switch
        {
            0 => $"{path}/-",
            1 => $"{path}/{one.Text(4)}",
            2 => $"{path}/0",
            3 => one.Text(6),
            _ => path.ToString(),
        };
    }

    private static void MutateOnce(FuzzCase one, JsonNode container)
    {
        if (container is JsonArray list)
        {
            if (list.Count == 0 || one.Chance(40))
            {
                list.Add(Value(one));
            }
            else if (one.Chance(50))
            {
                list.RemoveAt(one.Below(list.Count));
            }
            else
            {
                list[one.Below(list.Count)] = Value(one);
            }

            return;
        }

        var map = container.AsObject();
        if (map.Count == 0 || one.Chance(15))
        {
            map[one.Chance(50) ? one.Text(6) : "added"] = Value(one);
        }
        else if (one.Chance(25))
        {
            map.Remove(one.Pick(map.ToList()).Key);
        }
        else
        {
            map[one.Pick(map.ToList()).Key] = Value(one);
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
