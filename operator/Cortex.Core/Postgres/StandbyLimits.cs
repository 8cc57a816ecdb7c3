using System.Collections.Frozen;
using System.Globalization;

namespace Cortex.Core.Postgres;

/// <summary>
/// The parameters that a standby must have at least as large as its primary, or it does not start or stops replaying
/// (https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-ADMIN). So standbys are restarted first, and when one becomes smaller, the primary is.
/// </summary>
public static class StandbyLimits
{
    /// <summary>With the server's own defaults, the same in PostgreSQL 15 to 18.</summary>
    private static readonly FrozenDictionary<string, int> ServerDefaults = new Dictionary<string, int>
    {
        ["max_connections"] = 100,
        ["max_locks_per_transaction"] = 64,
        ["max_prepared_transactions"] = 0,
        ["max_wal_senders"] = 10,
        ["max_worker_processes"] = 8,
    }.ToFrozenDictionary();

    public static IReadOnlyList<string> Names { get; } = [.. ServerDefaults.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The value that one of them gets by the user's parameters; null for any other parameter, and where the value is no whole number.</summary>
    public static int? Wanted(string name, IReadOnlyDictionary<string, string> parameters)
    {
        if (!ServerDefaults.TryGetValue(name, out var usual))
        {
            return null;
        }

        var said = parameters.FirstOrDefault(one => string.Equals(one.Key, name, StringComparison.OrdinalIgnoreCase)).Value
            ?? ServerSettings.Default.FirstOrDefault(row => row.Name == name)?.Value;
        return said is null ? usual : int.TryParse(said.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
