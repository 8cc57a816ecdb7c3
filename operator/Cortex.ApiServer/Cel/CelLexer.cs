using System.Globalization;
using System.Text;

namespace Cortex.ApiServer.Cel;

internal enum CelTokenKind
{
    End,
    Name,
    Value,
    Symbol,
}

/// <param name="Text">The text of a name or a symbol.</param>
/// <param name="Value">The value of a literal.</param>
/// <param name="At">The column, counted from 0.</param>
internal sealed record CelToken(CelTokenKind Kind, string Text, object? Value, int At);

/// <summary>Splits a rule into its tokens. https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax</summary>
internal static class CelLexer
{
    private static readonly string[] Symbols =
    [
        "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")", "[", "]",
    ];

    /// <exception cref="CelSyntaxException">A part of the rule is not a token, or not a supported token.</exception>
    public static IReadOnlyList<CelToken> Split(string rule)
    {
        var tokens = new List<CelToken>();
        for (var at = 0; at < rule.Length;)
        {
            if (char.IsWhiteSpace(rule[at]))
            {
                at++;
            }
            else if (rule.AsSpan(at).StartsWith("//", StringComparison.Ordinal))
            {
                at = rule.IndexOf('\n', at) is > 0 and var end ? end : rule.Length;
            }
            else
            {
                tokens.Add(Read(rule, ref at));
            }
        }

        tokens.Add(new(CelTokenKind.End, "<EOF>", null, rule.Length));
        return tokens;
    }

    private static CelToken Read(string rule, ref int at)
    {
        var from = at;
        if (CelText.Begins(rule, at))
        {
            return new(CelTokenKind.Value, "", CelText.Read(rule, ref at), from);
        }

        if (char.IsAsciiDigit(rule[at]))
        {
            return new(CelTokenKind.Value, "", Number(rule, ref at), from);
        }

        if (char.IsAsciiLetter(rule[at]) || rule[at] == '_')
        {
            return Name(Word(rule, ref at), from);
        }

        foreach (var symbol in Symbols)
        {
            if (!rule.AsSpan(at).StartsWith(symbol, StringComparison.Ordinal))
            {
                continue;
            }

            at += symbol.Length;
            return new(CelTokenKind.Symbol, symbol, null, from);
        }

        throw CelSyntaxException.At(at, $"token recognition error at: '{rule[at]}'");
    }

    private static string Word(string rule, ref int at)
    {
        var from = at;
        while (at < rule.Length && (char.IsAsciiLetterOrDigit(rule[at]) || rule[at] == '_'))
        {
            at++;
        }

        return rule[from..at];
    }

    private static CelToken Name(string word, int from) => word switch
    {
        "true" => new(CelTokenKind.Value, word, true, from),
        "false" => new(CelTokenKind.Value, word, false, from),
        "null" => new(CelTokenKind.Value, word, null, from),
        "in" => new(CelTokenKind.Symbol, word, null, from),
        _ => new(CelTokenKind.Name, word, null, from),
    };

    private static object Number(string rule, ref int at)
    {
        var from = at;
        var word = new StringBuilder(Word(rule, ref at));
        var isDouble = at + 1 < rule.Length && rule[at] == '.' && char.IsAsciiDigit(rule[at + 1]);
        if (isDouble)
        {
            at++;
            word.Append('.').Append(Word(rule, ref at));
        }

        var text = word.ToString();
        if (!isDouble && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var whole))
        {
            return whole;
        }

        return isDouble && double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw CelSyntaxException.At(from, $"\"{text}\" is not a supported number: use an integer or a decimal");
    }
}
