namespace Cortex.Core.Postgres;

/// <summary>The value of <c>synchronous_standby_names</c>: a commit waits until any one of these has it on disk.</summary>
/// <remarks>https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-SYNCHRONOUS-STANDBY-NAMES</remarks>
public static class SyncStandbys
{
    /// <summary>The file's value; empty for nobody, so that no commit waits.</summary>
    /// <param name="standbys">As their <c>application_name</c> says.</param>
    public static string Render(IReadOnlyList<string> standbys) =>
        standbys.Count == 0 ? "" : $"ANY 1 ({string.Join(", ", standbys.Select(SqlQuote.Identifier))})";

    /// <summary>Whom a value names that <see cref="Render"/> wrote; null when somebody else wrote it.</summary>
    public static IReadOnlyList<string>? Parse(string value)
    {
        if (value.Length == 0)
        {
            return [];
        }

        const string before = "ANY 1 (\"";
        const string after = "\")";
        if (!value.StartsWith(before, StringComparison.Ordinal) || !value.EndsWith(after, StringComparison.Ordinal) || value.Length < before.Length + after.Length)
        {
            return null;
        }

        var names = value[before.Length..^after.Length].Split("\", \"");
        return Render(names) == value ? names : null;
    }
}
