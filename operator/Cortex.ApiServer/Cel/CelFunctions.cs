using System.Globalization;

namespace Cortex.ApiServer.Cel;

/// <summary>The functions that rules may call. A definition with any other function is refused.</summary>
internal static class CelFunctions
{
    private static readonly HashSet<(string Name, int Arguments, bool IsMethod)> Known =
    [
        ("size", 1, false), ("size", 1, true), ("string", 1, false), ("int", 1, false), ("duration", 1, false),
        ("startsWith", 2, true), ("endsWith", 2, true), ("contains", 2, true), ("lowerAscii", 1, true), ("trim", 1, true),
    ];

    public static bool IsKnown(string name, int arguments, bool isMethod) => Known.Contains((name, arguments, isMethod));

    public static object? Call(string name, IReadOnlyList<object?> arguments, CelBudget budget)
    {
        foreach (var text in arguments.OfType<string>())
        {
            budget.SpendOnText(text.Length);
        }

        return (name, arguments) switch
        {
            ("size", [var value]) => CelValues.Size(value),
            ("string", [var value]) => Text(value),
            ("int", [var value]) => WholeNumber(value),
            ("duration", [CelDuration span]) => span,
            ("duration", [string text]) => CelDuration.Parse(text) ?? throw Unconvertible("google.protobuf.Duration"),
            ("startsWith", [string text, string part]) => text.StartsWith(part, StringComparison.Ordinal),
            ("endsWith", [string text, string part]) => text.EndsWith(part, StringComparison.Ordinal),
            ("contains", [string text, string part]) => text.Contains(part, StringComparison.Ordinal),
            ("lowerAscii", [string text]) => Lower(text),
            ("trim", [string text]) => text.Trim(),
            _ => throw CelValues.NoOverload(),
        };
    }

    private static string Lower(string text) =>
        string.Concat(text.Select(letter => char.IsAsciiLetterUpper(letter) ? char.ToLowerInvariant(letter) : letter));

    private static string Text(object? value) => value switch
    {
        string text => text,
        bool truth => truth ? "true" : "false",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        _ => throw CelValues.NoOverload(),
    };

    private static long WholeNumber(object? value) => value switch
    {
        long number => number,
        double number when Math.Abs(number) < 9e18 => (long)number,
        double => throw new CelException("integer overflow"),
        string text =>
            long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw Unconvertible("int"),
        _ => throw CelValues.NoOverload(),
    };

    private static CelException Unconvertible(string type) => new($"type conversion error from 'string' to '{type}'");
}
