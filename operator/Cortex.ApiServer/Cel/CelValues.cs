using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Cel;

/// <summary>
/// The values of expressions: null, bool, long, double, string and <see cref="CelDuration"/>; a <see cref="JsonArray"/> or an array for
/// lists, a <see cref="JsonObject"/> for maps.
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

    /// <summary>The items of a list, or the keys of a map.</summary>
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

    public static bool AreEqual(object? left, object? right, CelBudget budget)
    {
        budget.Spend(1);
        switch (left, right)
        {
            case (string first, string second):
                budget.SpendOnText(Math.Min(first.Length, second.Length));
                return first == second;
            case (long or double, long or double):
                return Compare(left, right, budget) == 0;
            case (JsonArray or object[], JsonArray or object[]):
                return Size(left) == Size(right) && Items(left).Zip(Items(right)).All(pair => AreEqual(pair.First, pair.Second, budget));
            case (JsonObject first, JsonObject second):
                return first.Count == second.Count
                    && first.All(
                        member => second.TryGetPropertyValue(member.Key, out var same) && AreEqual(Of(member.Value), Of(same), budget));
            default:
                return Equals(left, right);
        }
    }

    public static int Compare(object? left, object? right, CelBudget budget)
    {
        switch (left, right)
        {
            case (string first, string second):
                budget.SpendOnText(Math.Min(first.Length, second.Length));
                return string.CompareOrdinal(first, second);
            case (long first, long second):
                return first.CompareTo(second);
            case (double first, long second):
                return first.CompareTo(second);
            case (long first, double second):
                return ((double)first).CompareTo(second);
            case (double first, double second):
                return first.CompareTo(second);
            case (bool first, bool second):
                return first.CompareTo(second);
            case (CelDuration first, CelDuration second):
                return first.Nanoseconds.CompareTo(second.Nanoseconds);
            default:
                throw NoOverload();
        }
    }

    public static object? Compute(string symbol, object? left, object? right, CelBudget budget)
    {
        if (symbol == "+" && (left, right) is (string leftText, string rightText))
        {
            budget.SpendOnText(leftText.Length + rightText.Length);
            return leftText + rightText;
        }

        if (symbol == "+" && (left, right) is (JsonArray or object[], JsonArray or object[]))
        {
            budget.Spend(Size(left) + Size(right));
            return Items(left).Concat(Items(right)).ToArray();
        }

        return (left, right) switch
        {
            // Boxed with its own type, not with the common type of all arms.
            (long first, long second) => (object)Integer(symbol, first, second),
            (double first, double second) => Double(symbol, first, second),
            _ => throw NoOverload(),
        };
    }

    private static double Double(string symbol, double left, double right) => symbol switch
    {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" => left / right,
        _ => throw NoOverload(),
    };

    private static long Integer(string symbol, long left, long right)
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

    // 1.0 is an integer in a schema. A number beyond the range of integers is a double, as elsewhere in JSON.
    private static object Number(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
        || long.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out whole)
            ? (object)whole
            : double.Parse(text, CultureInfo.InvariantCulture);
}
