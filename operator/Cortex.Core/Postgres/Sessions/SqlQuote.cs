using System.Text;

namespace Cortex.Core.Postgres;

/// <summary>Names and texts for statements that accept no parameters (CREATE ROLE, CREATE DATABASE …).</summary>
/// <remarks>https://www.postgresql.org/docs/current/sql-syntax-lexical.html</remarks>
public static class SqlQuote
{
    private const int LongestIdentifier = 63;

    /// <summary>
    /// A string constant. With a backslash in it the E form is used, whose meaning does not depend on standard_conforming_strings.
    /// </summary>
    /// <exception cref="ArgumentException">There is a NUL in it.</exception>
    public static string Literal(string text)
    {
        var quoted = $"'{WithoutNul(text).Replace("'", "''", StringComparison.Ordinal)}'";
        return text.Contains('\\', StringComparison.Ordinal) ? $" E{quoted.Replace("\\", "\\\\", StringComparison.Ordinal)}" : quoted;
    }

    /// <summary>A name in double quotes.</summary>
    /// <exception cref="ArgumentException">It is empty, has a NUL, or is over 63 bytes: the server would cut it, and name something
    /// else.</exception>
    public static string Identifier(string name) => name.Length > 0 && Encoding.UTF8.GetByteCount(name) <= LongestIdentifier
        ? $"\"{WithoutNul(name).Replace("\"", "\"\"", StringComparison.Ordinal)}\""
        : throw new ArgumentException($"\"{name}\" must have 1 to {LongestIdentifier} bytes to be a name in SQL.", nameof(name));

    private static string WithoutNul(string text) => text.Contains('\0', StringComparison.Ordinal)
        ? throw new ArgumentException("SQL text cannot have a NUL in it.", nameof(text))
        : text;
}
