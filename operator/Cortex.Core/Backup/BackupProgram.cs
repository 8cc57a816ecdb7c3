using System.Text.RegularExpressions;

namespace Cortex.Core.Backup;

/// <summary>What pgBackRest says about itself.</summary>
public static partial class BackupProgram
{
    /// <summary>Its version, from what the examination of an image printed; null where the image does not have it.</summary>
    public static string? Version(IEnumerable<string> lines) =>
        lines.Select(line => Said().Match(line)).FirstOrDefault(match => match.Success)?.Groups["version"].Value;

    [GeneratedRegex(@"^backup: pgBackRest (?<version>[0-9][\w.]{0,20})$", RegexOptions.CultureInvariant)]
    private static partial Regex Said();
}
