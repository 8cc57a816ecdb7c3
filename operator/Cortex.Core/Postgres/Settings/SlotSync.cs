namespace Cortex.Core.Postgres;

/// <summary>
/// Failover slots, which PostgreSQL 17 and later also keep on standbys
/// (https://www.postgresql.org/docs/current/logicaldecoding-explanation.html#LOGICALDECODING-REPLICATION-SLOTS-SYNCHRONIZATION).
/// <c>sync_replication_slots</c> alone has no effect, so the settings that it needs are required or added.
/// </summary>
public static class SlotSync
{
    private const string Request = "sync_replication_slots";
    private const string Feedback = "hot_standby_feedback";

    public static bool IsAsked(IReadOnlyDictionary<string, string> user) => IsOn(Find(user, Request).Value);

    /// <summary>What a user's parameters lack for it, or what contradicts it.</summary>
    public static IEnumerable<(string Name, Objection Why)> Refusals(IReadOnlyDictionary<string, string> user)
    {
        if (!IsAsked(user))
        {
            yield break;
        }

        if (!string.Equals(Find(user, "wal_level").Value?.Trim(), "logical", StringComparison.OrdinalIgnoreCase))
        {
            yield return (Find(user, Request).Key, new("logical slots need wal_level: logical", "set that too"));
        }

        if (Find(user, Feedback) is { Key: { } name, Value: { } value } && !IsOn(value))
        {
            yield return (
                name,
                new(
                    "a standby can keep the slots of sync_replication_slots only with hot_standby_feedback: on",
                    "leave it out, and it is set"));
        }
    }

    /// <summary>The user's parameters with the settings that are added.</summary>
    public static IReadOnlyDictionary<string, string> Completed(IReadOnlyDictionary<string, string> user) =>
        IsAsked(user) && Find(user, Feedback).Key is null ? new Dictionary<string, string>(user) { [Feedback] = "on" } : user;

    private static KeyValuePair<string, string?> Find(IReadOnlyDictionary<string, string> user, string name) =>
        user.Where(pair => pair.Key.Equals(name, StringComparison.OrdinalIgnoreCase))
            .Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value))
            .FirstOrDefault();

    /// <summary>As the server reads it: any unambiguous beginning of a word.</summary>
    private static bool IsOn(string? value) => value?.Trim().ToLowerInvariant() is { Length: > 0 } said
        && (said is "1" or "on" || "true".StartsWith(said, StringComparison.Ordinal) || "yes".StartsWith(said, StringComparison.Ordinal));
}
