using System.Text.RegularExpressions;

namespace Cortex.Core.Backup;

/// <summary>What pgBackRest says about itself.</summary>
public static partial class BackupProgram
{
    /// <summary>Its version, from what the examination of an image printed; null where the image does not have it.</summary>
    public static string? Version(IEnumerable<string> lines) =>
        lines.Select(line => Said().Match(line)).FirstOrDefault(match => match.Success)?.Groups["version"].Value;

    /// <summary>Debian 12 has 2.45.</summary>
    public static Version FirstWithSftp { get; } = new(2, 46);

    /// <summary>Whether a version of it can use such a repository.</summary>
    public static bool Reaches(RepositoryAccess repository, string version) =>
        repository.Sftp is null || !System.Version.TryParse(Numbers().Match(version).Value, out var numbers) || numbers >= FirstWithSftp;

    [GeneratedRegex(@"^[0-9]{1,5}\.[0-9]{1,5}", RegexOptions.CultureInvariant)]
    private static partial Regex Numbers();

    [GeneratedRegex(@"^backup: pgBackRest (?<version>[0-9][\w.]{0,20})$", RegexOptions.CultureInvariant)]
    private static partial Regex Said();
}
