using System.Globalization;
using System.Text;

namespace Cortex.ApiServer.Cel;

/// <summary>
/// Text literals: 'a', "a" and r'a', with escape sequences in the first two.
/// https://github.com/google/cel-spec/blob/master/doc/langdef.md#string-and-bytes-values
/// </summary>
internal static class CelText
{
    private const string Escapes = "abfnrtv\\?\"'`";
    private const string Escaped = "\a\b\f\n\r\t\v\\?\"'`";

    public static bool Begins(string rule, int at) => rule[at] is '\'' or '"' || IsRaw(rule, at);

    public static string Read(string rule, ref int at)
    {
        var (from, raw) = (at, IsRaw(rule, at));
        at += raw ? 1 : 0;
        var quote = rule[at++];
        var text = new StringBuilder();
        while (at < rule.Length && rule[at] is not '\n')
        {
            if (rule[at] == quote)
            {
                at++;
                // Three quotes would start a text of several lines.
                return at < rule.Length && rule[at] == quote
                    ? throw CelSyntaxException.At(from, "texts in three quotes are not known here")
                    : text.ToString();
            }

            if (rule[at] == '\\' && !raw)
            {
                text.Append(Escape(rule, ref at));
            }
            else
            {
                text.Append(rule[at++]);
            }
        }

        throw CelSyntaxException.At(from, "a text is left open");
    }

    private static bool IsRaw(string rule, int at) => rule[at] is 'r' or 'R' && at + 1 < rule.Length && rule[at + 1] is '\'' or '"';

    private static string Escape(string rule, ref int at)
    {
        var from = at;
        var letter = at + 1 < rule.Length ? rule[at + 1] : '\0';
        at += 2;
        if (Escapes.IndexOf(letter, StringComparison.Ordinal) is >= 0 and var known)
        {
            return Escaped[known].ToString();
        }

        var digits = letter switch { 'x' or 'X' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits == 0
            || at + digits > rule.Length
            || !int.TryParse(rule.AsSpan(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            || !Rune.IsValid(code))
        {
            throw CelSyntaxException.At(from, "an escape that is not known here");
        }

        at += digits;
        return new Rune(code).ToString();
    }
}
