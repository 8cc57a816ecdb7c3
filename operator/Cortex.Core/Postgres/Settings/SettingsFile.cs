using System.Security.Cryptography;
using System.Text;

namespace Cortex.Core.Postgres;

/// <summary>postgresql.conf: merged, quoted, and marked with a revision.</summary>
/// <remarks>https://www.postgresql.org/docs/current/config-setting.html</remarks>
public static class SettingsFile
{
    /// <summary>Read it with <c>SHOW cortex.revision</c>: the <see cref="Revision"/> of what the server last loaded.</summary>
    public const string RevisionName = "cortex.revision";

    /// <summary>
    /// The row in force under each name: default rows, overridden by the user's, overridden by mandatory rows; sorted by name.
    /// </summary>
    /// <exception cref="ArgumentException">The user's part was not accepted by <see cref="ParameterRules.Validate"/> first.</exception>
    public static IReadOnlyList<Setting> Merge(ServerInput input, IReadOnlyDictionary<string, string> user)
    {
        if (ParameterRules.Validate(user) is [var first, ..])
        {
            throw new ArgumentException(first.ToString(), nameof(user));
        }

        IReadOnlyList<Setting> defaults = input.ArchiveCommand is not null
            ? [.. ServerSettings.Default, .. ServerSettings.DefaultOfArchive]
            : ServerSettings.Default;
        return Layer(ServerSettings.Mandatory(input), defaults, user);
    }

    /// <summary>The layering alone, without a check of the user's part.</summary>
    public static IReadOnlyList<Setting> Layer(
        IEnumerable<Setting> mandatory, IEnumerable<Setting> defaults, IReadOnlyDictionary<string, string> user)
    {
        var merged = new SortedDictionary<string, Setting>(StringComparer.Ordinal);
        IEnumerable<Setting> requested = user.Select(pair => new Setting(
            pair.Key.ToLowerInvariant(), pair.Value, "spec.postgres.parameters"));
        foreach (var setting in defaults.Concat(requested).Concat(mandatory))
        {
            merged[setting.Name] = setting;
        }

        return [.. merged.Values];
    }

    /// <summary>The rows that differ between two merged lists, the later of each name.</summary>
    public static IReadOnlyList<Setting> Changes(IReadOnlyList<Setting> before, IReadOnlyList<Setting> after) =>
    [
        .. before.Concat(after).GroupBy(setting => setting.Name, StringComparer.Ordinal)
            .Where(rows => rows.Count() != 2 || rows.First().Value != rows.Last().Value).Select(rows => rows.Last()),
    ];

    /// <summary>A hash, 16 hexadecimal digits, of these rows and of everything else that a reload reads.</summary>
    /// <param name="alsoLoaded">The text of pg_hba.conf and pg_ident.conf, and the certificates' fingerprints. Never a private key.</param>
    public static string Revision(IReadOnlyList<Setting> settings, params IReadOnlyList<string> alsoLoaded)
    {
        // A NUL cannot be in any of the parts, so it separates them.
        var parts = settings.OrderBy(setting => setting.Name, StringComparer.Ordinal).Select(Line).Concat(alsoLoaded);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts))))[..16];
    }

    /// <summary>The file's text. The same input gives the same bytes.</summary>
    /// <exception cref="ArgumentException">A name is not valid, or a value has a control character.</exception>
    public static string Render(IReadOnlyList<Setting> settings, string revision)
    {
        var text = new StringBuilder(Header);
        foreach (var setting in settings.OrderBy(setting => setting.Name, StringComparer.Ordinal))
        {
            text.Append(Line(setting)).Append("  # ").Append(setting.Why).Append('\n');
        }

        return text.Append('\n').Append(Line(new Setting(RevisionName, revision, ""))).Append('\n').ToString();
    }

    private const string Header = "# Written by Cortex Operator from the CortexCluster resource. "
        + "Edits here are overwritten: change spec.postgres.parameters.\n\n";

    /// <summary>Always in single quotes: quotes are doubled, and backslashes too, because the server reads C escapes in them.</summary>
    /// <exception cref="ArgumentException">The value has a control character: a row is one line.</exception>
    public static string Quote(string value) => value.Any(char.IsControl)
        ? throw new ArgumentException("A setting's value is one line without control characters.", nameof(value))
        : $"'{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Line(Setting setting) => Setting.IsName(setting.Name)
        ? $"{setting.Name} = {Quote(setting.Value)}"
        : throw new ArgumentException($"\"{setting.Name}\" is not the name of a parameter.", nameof(setting));
}
