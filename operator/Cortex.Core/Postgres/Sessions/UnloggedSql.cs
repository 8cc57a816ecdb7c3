namespace Cortex.Core.Postgres;

/// <summary>
/// What a superuser sets in a transaction around a statement that contains a verifier, beyond <see cref="SessionOptions"/>, so that the
/// server and its extensions do not store the text (https://www.postgresql.org/docs/current/sql-alterrole.html, notes). The operator's
/// other statements may be seen and audited.
/// </summary>
public static class UnloggedSql
{
    /// <summary>
    /// One statement each, at the beginning of the transaction. A server that has not loaded pgaudit keeps the name and does not use it.
    /// </summary>
    public static IReadOnlyList<string> Preparation { get; } = ["SET LOCAL track_activities = off", "SET LOCAL pgaudit.log = 'none'"];
}
