using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Cel;

/// <summary>
/// What expressions compute with: null, bool, long, double, string, <see cref="CelDuration"/>; for lists a <see cref="JsonArray"/> or an
/// array, for maps a <see cref="JsonObject"/>.
/// </summary>
internal static class CelValues
{
    public static object? Of(JsonNode? node) => node switch
    {
        JsonValue value => value.GetValueKind() switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Number => Number(value.ToJsonString()),
            _ => value.ToString(),
        },
        _ => node,
    };

    public static CelException NoOverload() => new("no such overload");

    /// <summary>The items of a list, the keys of a map.</summary>
    public static IEnumerable<object?> Items(object? value) => value switch
    {
        JsonArray list => list.Select(Of),
        object[] list => list,
        JsonObject map => map.Select(member => member.Key),
        _ => throw NoOverload(),
    };

    public static long Size(object? value) => value switch
    {
        string text => text.EnumerateRunes().Count(),
        JsonArray list => list.Count,
        object[] list => list.Length,
        JsonObject map => map.Count,
        _ => throw NoOverload(),
    };

    public static bool AreEqual(object? one, object? other, CelBudget budget)
    {
        budget.Spend(1);
        switch (one, other)
        {
            case (string a, string b):
                budget.SpendOnText(Math.Min(a.Length, b.Length));
                return a == b;
            case (long or double, long or double):
                return Compare(one, other, budget) == 0;
            case (JsonArray or object[], JsonArray or object[]):
                return Size(one) == Size(other) && Items(one).Zip(Items(other)).All(pair => AreEqual(pair.First, pair.Second, budget));
            case (JsonObject a, JsonObject b):
                return a.Count == b.Count
                    && a.All(member => b.TryGetPropertyValue(member.Key, out var same) && AreEqual(Of(member.Value), Of(same), budget));
            default:
                return Equals(one, other);
        }
    }

    public static int Compare(object? one, object? other, CelBudget budget)
    {
        switch (one, other)
        {
            case (string a, string b):
                budget.SpendOnText(Math.Min(a.Length, b.Length));
                return string.CompareOrdinal(a, b);
            case (long a, long b):
                return a.CompareTo(b);
            case (double a, long b):
                return a.CompareTo(b);
            case (long a, double b):
                return ((double)a).CompareTo(b);
            case (double a, double b):
                return a.CompareTo(b);
            case (bool a, bool b):
                return a.CompareTo(b);
            case (CelDuration a, CelDuration b):
                return a.Nanoseconds.CompareTo(b.Nanoseconds);
            default:
                throw NoOverload();
        }
    }

    public static object? Compute(string symbol, object? one, object? other, CelBudget budget)
    {
        if (symbol == "+" && (one, other) is (string a, string b))
        {
            budget.SpendOnText(a.Length + b.Length);
            return a + b;
        }

        if (symbol == "+" && (one, other) is (JsonArray or object[], JsonArray or object[]))
        {
            budget.Spend(Size(one) + Size(other));
            return Items(one).Concat(Items(other)).ToArray();
        }

        return (one, other) switch
        {
            // Boxed as it is, and not as what all arms convert to.
            (long left, long right) => (object)Whole(symbol, left, right),
            (double left, double right) => symbol switch
            {
                "+" => left + right,
                "-" => left - right,
                "*" => left * right,
                "/" => left / right,
                _ => throw NoOverload(),
            },
            _ => throw NoOverload(),
        };
    }

    private static long Whole(string symbol, long left, long right)
    {
        try
        {
            return symbol switch
            {
                "+" => checked(left + right),
                "-" => checked(left - right),
                "*" => checked(left * right),
                "/" => checked(left / right),
                _ => right == -1 ? 0 : left % right,
            };
        }
        catch (DivideByZeroException)
        {
            throw new CelException(symbol == "%" ? "modulus by zero" : "division by zero");
        }
        catch (OverflowException)
        {
            throw new CelException("integer overflow");
        }
    }

    // 1.0 is an integer in a schema. What is larger than any integer is a double, as wherever JSON is read.
    private static object Number(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
        || long.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out whole)
            ? (object)whole
            : double.Parse(text, CultureInfo.InvariantCulture);
}
