using System.Globalization;

namespace Cortex.Core.Postgres;

/// <summary>Versions in PostgreSQL's words: <c>17.6</c>, <c>18beta1</c>, <c>17.6 (Debian 17.6-1)</c>.</summary>
public static class ServerVersion
{
    /// <summary>The major version, which determines the data directories that it can open; null where there is no number.</summary>
    public static int? Major(string? version)
    {
        var digits = string.Concat((version ?? "").TakeWhile(char.IsAsciiDigit));
        return digits.Length is > 0 and < 5 ? int.Parse(digits, CultureInfo.InvariantCulture) : null;
    }
}
