namespace Cortex.Core.Postgres;

/// <summary>Text of somebody else's that becomes a part of our own messages.</summary>
public static class QuotedText
{
    /// <summary>Of a line: longer than anything PostgreSQL says that a reader would need whole.</summary>
    public const int Most = 500;

    /// <summary>The line without what surrounds it, of bounded length and without characters that would steer a terminal.</summary>
    public static string Shorten(string text) => Limit(text, Most);

    public static string Limit(string text, int most)
    {
        var plain = string.Concat(text.Trim().Take(most + 1).Select(one => char.IsControl(one) ? ' ' : one));
        return plain.Length > most ? $"{plain[..most].TrimEnd()} …" : plain;
    }
}
