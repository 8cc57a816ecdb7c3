namespace Cortex.Core.Postgres;

/// <summary>The value of <c>synchronous_standby_names</c>: a commit waits until any one of these has it on disk.</summary>
/// <remarks>https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-SYNCHRONOUS-STANDBY-NAMES</remarks>
public static class SyncStandbys
{
    /// <summary>The value in the file; empty where no commit waits.</summary>
    /// <param name="standbys">By their <c>application_name</c>.</param>
    public static string Render(IReadOnlyList<string> standbys) =>
        standbys.Count == 0 ? "" : $"ANY 1 ({string.Join(", ", standbys.Select(SqlQuote.Identifier))})";

    /// <summary>The standbys in a value that <see cref="Render"/> wrote; null when another program wrote it.</summary>
    public static IReadOnlyList<string>? Parse(string value)
    {
        if (value.Length == 0)
        {
            return [];
        }

        const string before = "ANY 1 (\"";
        const string after = "\")";
        if (!value.StartsWith(before, StringComparison.Ordinal)
            || !value.EndsWith(after, StringComparison.Ordinal)
            || value.Length < before.Length + after.Length)
        {
            return null;
        }

        var names = value[before.Length..^after.Length].Split("\", \"");
        return Render(names) == value ? names : null;
    }
}
