namespace Cortex.Core.Pki;

/// <summary>Host names in the form of certificates: lower case, RFC 1123 labels, no trailing dot.</summary>
internal static class DnsName
{
    private const int Longest = 253;
    private const int LongestLabel = 63;

    /// <exception cref="ArgumentException">Not a host name.</exception>
    public static string Normalize(string name)
    {
        var lower = name.ToLowerInvariant().TrimEnd('.');
        return lower.Length is > 0 and <= Longest && lower.Split('.').All(IsLabel)
            ? lower
            : throw new ArgumentException(
                $"\"{name}\" is not a host name: labels of letters, digits and hyphens, joined by dots.", nameof(name));
    }

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= LongestLabel
        && label[0] != '-' && label[^1] != '-'
        && label.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-');
}
