namespace Cortex.Core.Postgres;

/// <summary>Text of other programs that becomes a part of the operator's messages.</summary>
public static class QuotedText
{
    /// <summary>The longest quoted line: longer than anything that PostgreSQL says and a reader needs completely.</summary>
    public const int Most = 500;

    /// <summary>
    /// The line without surrounding blanks, with a limited length and without control characters that a terminal would interpret.
    /// </summary>
    public static string Shorten(string text) => Limit(text, Most);

    public static string Limit(string text, int most)
    {
        var plain = string.Concat(text.Trim().Take(most + 1).Select(letter => char.IsControl(letter) ? ' ' : letter));
        return plain.Length > most ? $"{plain[..most].TrimEnd()} …" : plain;
    }
}
