using System.Globalization;

namespace Cortex.Core.Postgres;

/// <summary>
/// The parameters that a standby must have at least as large as its primary, or it does not start or stops replaying
/// (https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-ADMIN). So a larger one comes to standbys first and a smaller one to the primary first.
/// </summary>
public static class StandbyLimits
{
    public static IReadOnlyList<string> Names { get; } =
        ["max_connections", "max_locks_per_transaction", "max_prepared_transactions", "max_wal_senders", "max_worker_processes"];

    /// <summary>In the order in which they lie in a control file.</summary>
    public static IReadOnlyList<string> InControlFile { get; } =
        ["max_connections", "max_worker_processes", "max_wal_senders", "max_prepared_transactions", "max_locks_per_transaction"];

    /// <summary>The value that one of them gets by the user's parameters; null for any other parameter, and where the value is no whole number.</summary>
    /// <param name="defaults">What the server takes for each that its files do not name.</param>
    public static int? Wanted(string name, IReadOnlyDictionary<string, string> parameters, IReadOnlyDictionary<string, int> defaults)
    {
        if (!defaults.TryGetValue(name, out var usual))
        {
            return null;
        }

        var said = parameters.FirstOrDefault(one => string.Equals(one.Key, name, StringComparison.OrdinalIgnoreCase)).Value
            ?? ServerSettings.Default.FirstOrDefault(row => row.Name == name)?.Value;
        return said is null ? usual : int.TryParse(said.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    /// <summary>The user asks for less of one of them than is there.</summary>
    public static bool AreHeld(IReadOnlyDictionary<string, string> user, IReadOnlyDictionary<string, int> present, IReadOnlyDictionary<string, int> defaults) =>
        present.Any(one => Wanted(one.Key, user, defaults) < one.Value);

    /// <summary>The rows with as much of each limit as a standby needs to start, where the user asks for less than its primary has, or had when it last heard of it.</summary>
    /// <param name="user">spec.postgres.parameters.</param>
    public static IReadOnlyList<Setting> Raise(
        IReadOnlyList<Setting> rows, IReadOnlyDictionary<string, string> user, IReadOnlyDictionary<string, int> atLeast, IReadOnlyDictionary<string, int> defaults)
    {
        var raised = atLeast.Where(one => Wanted(one.Key, user, defaults) < one.Value).ToDictionary(
            one => one.Key,
            one => new Setting(one.Key, one.Value.ToString(CultureInfo.InvariantCulture), "its primary has or had as many; with less a standby does not start before it has replayed the change"));
        return raised.Count == 0 ? rows : [.. rows.Where(row => !raised.ContainsKey(row.Name)), .. raised.Values];
    }
}
