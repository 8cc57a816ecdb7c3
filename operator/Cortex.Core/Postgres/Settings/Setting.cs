using System.Text.RegularExpressions;

namespace Cortex.Core.Postgres;

/// <summary>
/// One row of postgresql.conf and its reason. <paramref name="Value"/> is plain text, which is quoted when the file is rendered.
/// </summary>
public sealed partial record Setting(string Name, string Value, string Why)
{
    /// <summary>Whether a parameter could have this name.</summary>
    internal static bool IsName(string name) => Word().IsMatch(name);

    // One word, or extension.word. \z, because $ would allow a newline.
    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?\z")]
    private static partial Regex Word();
}
