using System.Text;
using System.Text.RegularExpressions;

namespace Cortex.ApiServer.Cel;

/// <summary>
/// Translates patterns of definitions, which are written for RE2 (https://github.com/google/re2/wiki/Syntax), for .NET: <c>$</c> is the end
/// of the text and not the position before a last line break, and <c>\d</c>, <c>\w</c> and <c>\s</c> are ASCII. Without backtracking,
/// matching takes linear time.
/// </summary>
internal static class Re2
{
    private static readonly Dictionary<char, string> Classes = new() { ['d'] = "0-9", ['w'] = "0-9A-Za-z_", ['s'] = @"\t\n\f\r " };

    /// <exception cref="ArgumentException">The pattern is invalid.</exception>
    /// <exception cref="NotSupportedException">The pattern needs backtracking.</exception>
    public static Regex Compile(string pattern) => new(Translate(pattern), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static string Translate(string pattern)
    {
        var text = new StringBuilder(pattern.Length + 8);
        var inClass = false;
        for (var at = 0; at < pattern.Length; at++)
        {
            var letter = pattern[at];
            if (letter == '\\' && at + 1 < pattern.Length)
            {
                text.Append(Escape(pattern[++at], inClass));
                continue;
            }

            if (inClass && letter == '[' && at + 1 < pattern.Length && pattern[at + 1] == ':')
            {
                throw new ArgumentException("classes such as [:alpha:] are not known here; write them out");
            }

            // A closing bracket directly after the start of a class is a member of the class.
            var opens = !inClass && letter == '[';
            inClass = opens || (inClass && letter != ']');
            text.Append(letter switch
            {
                '$' when !inClass => @"\z",
                '[' when !opens => @"\[",
                _ => letter.ToString(),
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
