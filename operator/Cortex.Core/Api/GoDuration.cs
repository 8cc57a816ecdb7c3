using System.Globalization;
using System.Text.RegularExpressions;

namespace Cortex.Core.Api;

/// <summary>
/// Durations as Kubernetes writes them (Go's time.ParseDuration, from hours to seconds): <c>2160h</c>, <c>1h30m</c>, <c>45s</c>.
/// </summary>
public static partial class GoDuration
{
    /// <summary>Null when the text is not such a duration, or is longer than a century.</summary>
    public static TimeSpan? Parse(string? text)
    {
        if (text is null  || Form().Match(text) is not { Success: true } match || text.Length == 0)
        {
            return null;
        }

        var seconds = (Part(match, "h") * 3600) + (Part(match, "m") * 60) + Part(match, "s");
        return seconds <= TimeSpan.FromDays(36525).TotalSeconds ? TimeSpan.FromSeconds(seconds) : null;
    }

    private static double Part(Match match, string unit) =>
        match.Groups[unit] is { Success: true } group ? double.Parse(group.Value, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(
        @"^(?:(?<h>[0-9]{1,15}(?:\.[0-9]{1,15})?)h)?(?:(?<m>[0-9]{1,15}(?:\.[0-9]{1,15})?)m)?(?:(?<s>[0-9]{1,15}(?:\.[0-9]{1,15})?)s)?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
