using System.Text;
using System.Text.RegularExpressions;

namespace Cortex.ApiServer.Cel;

/// <summary>
/// Patterns of definitions, which are meant for RE2 (https://github.com/google/re2/wiki/Syntax), as .NET reads them: <c>$</c> is the end of
/// the text and not the place before a last line break, and <c>\d</c>, <c>\w</c> and <c>\s</c> are ASCII. Without backtracking they take a
/// time that grows with the text alone.
/// </summary>
internal static class Re2
{
    private static readonly Dictionary<char, string> Classes = new() { ['d'] = "0-9", ['w'] = "0-9A-Za-z_", ['s'] = @"\t\n\f\r " };

    /// <exception cref="ArgumentException">It is no pattern.</exception>
    /// <exception cref="NotSupportedException">It takes backtracking.</exception>
    public static Regex Compile(string pattern) => new(Translate(pattern), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static string Translate(string pattern)
    {
        var text = new StringBuilder(pattern.Length + 8);
        var inClass = false;
        for (var at = 0; at < pattern.Length; at++)
        {
            var c = pattern[at];
            if (c == '\\' && at + 1 < pattern.Length)
            {
                text.Append(Escape(pattern[++at], inClass));
                continue;
            }

            if (inClass && c == '[' && at + 1 < pattern.Length && pattern[at + 1] == ':')
            {
                throw new ArgumentException("classes such as [:alpha:] are not known here; write them out");
            }

            // A bracket that closes right where a class begins is one of its members.
            var opens = !inClass && c == '[';
            inClass = opens || (inClass && c != ']');
            text.Append(c switch
            {
                '$' when !inClass => @"\z",
                '[' when !opens => @"\[",
                _ => c.ToString(),
            });
            if (opens)
            {
                at += Beginning(pattern, at + 1, text);
            }
        }

        return text.ToString();
    }

    private static int Beginning(string pattern, int from, StringBuilder text)
    {
        var at = from;
        if (at < pattern.Length && pattern[at] == '^')
        {
            text.Append(pattern[at++]);
        }

        if (at < pattern.Length && pattern[at] == ']')
        {
            text.Append(@"\]");
            at++;
        }

        return at - from;
    }

    private static string Escape(char letter, bool inClass) => Classes.TryGetValue(char.ToLowerInvariant(letter), out var members)
        ? (char.IsLower(letter), inClass) switch
        {
            (true, true) => members,
            (true, false) => $"[{members}]",
            (false, false) => $"[^{members}]",
            _ => throw new ArgumentException($"\\{letter} within brackets is not known here; write it out"),
        }
        : $"\\{letter}";
}
