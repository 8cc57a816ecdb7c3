using System.Globalization;

namespace Cortex.Core.Postgres;

/// <summary>
/// The parameters that must be at least as large on a standby as on its primary; otherwise it does not start or stops replaying
/// (https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-ADMIN). So a larger value goes to standbys first and a smaller
/// value to the primary first.
/// </summary>
public static class StandbyLimits
{
    public static IReadOnlyList<string> Names { get; } =
        ["max_connections", "max_locks_per_transaction", "max_prepared_transactions", "max_wal_senders", "max_worker_processes"];

    /// <summary>In the order of the control file.</summary>
    public static IReadOnlyList<string> InControlFile { get; } =
        ["max_connections", "max_worker_processes", "max_wal_senders", "max_prepared_transactions", "max_locks_per_transaction"];

    /// <summary>
    /// The value of one of them by the user's parameters; null for any other parameter, and where the value is not a whole number.
    /// </summary>
    /// <param name="defaults">The server's defaults for those that its files do not name.</param>
    public static int? Wanted(string name, IReadOnlyDictionary<string, string> parameters, IReadOnlyDictionary<string, int> defaults)
    {
        if (!defaults.TryGetValue(name, out var usual))
        {
            return null;
        }

        var said = parameters.FirstOrDefault(pair => string.Equals(pair.Key, name, StringComparison.OrdinalIgnoreCase)).Value
            ?? ServerSettings.Default.FirstOrDefault(row => row.Name == name)?.Value;
        return said is null ? usual
            : int.TryParse(said.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : null;
    }

    /// <summary>Whether the user asks for less of one of them than is present.</summary>
    public static bool AreHeld(
        IReadOnlyDictionary<string, string> user,
        IReadOnlyDictionary<string, int> present,
        IReadOnlyDictionary<string, int> defaults) =>
        present.Any(pair => Wanted(pair.Key, user, defaults) < pair.Value);

    /// <summary>
    /// The rows with each limit as large as a standby needs to start, where the user asks for less than its primary has, or had when the
    /// standby last heard of it.
    /// </summary>
    /// <param name="user">spec.postgres.parameters.</param>
    public static IReadOnlyList<Setting> Raise(
        IReadOnlyList<Setting> rows,
        IReadOnlyDictionary<string, string> user,
        IReadOnlyDictionary<string, int> atLeast,
        IReadOnlyDictionary<string, int> defaults)
    {
        const string why = "its primary has or had as many; with less a standby does not start before it has replayed the change";
        var raised = atLeast.Where(pair => Wanted(pair.Key, user, defaults) < pair.Value).ToDictionary(
            pair => pair.Key,
            pair => new Setting(pair.Key, pair.Value.ToString(CultureInfo.InvariantCulture), why));
        return raised.Count == 0 ? rows : [.. rows.Where(row => !raised.ContainsKey(row.Name)), .. raised.Values];
    }
}
