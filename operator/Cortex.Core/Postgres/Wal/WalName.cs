using System.Globalization;

namespace Cortex.Core.Postgres;

/// <summary>The names of files in pg_wal.</summary>
/// <remarks>https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-BACKUP (pg_walfile_name)</remarks>
public static class WalName
{
    private const int TimelineDigits = 8;

    /// <summary>The timeline, with which the name of a segment begins; null where the text is no such name.</summary>
    public static uint? Timeline(string? name) =>
        name is { Length: >= TimelineDigits } && uint.TryParse(
            name.AsSpan(0, TimelineDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var timeline)
            ? timeline
            : null;
}
