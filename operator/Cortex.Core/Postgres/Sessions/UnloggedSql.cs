namespace Cortex.Core.Postgres;

/// <summary>
/// What a superuser sets in a transaction around a statement with a verifier in it, beyond <see cref="SessionOptions"/>, so that the server and what is loaded into it keep its text
/// nowhere (https://www.postgresql.org/docs/current/sql-alterrole.html, notes). The operator's other statements are everybody's to see and to audit.
/// </summary>
public static class UnloggedSql
{
    /// <summary>One statement each, at the beginning of the transaction. A server that has not loaded pgaudit keeps the name and has no use for it.</summary>
    public static IReadOnlyList<string> Preparation { get; } = ["SET LOCAL track_activities = off", "SET LOCAL pgaudit.log = 'none'"];
}
