namespace Cortex.Core.Postgres;

/// <summary>
/// What a superuser sets in a transaction around a statement with a verifier in it, so that the server and what is loaded into it keep its text nowhere: a user may have every statement logged
/// (https://www.postgresql.org/docs/current/sql-alterrole.html, notes).
/// </summary>
public static class UnloggedSql
{
    /// <summary>Of the last two, a server that has not loaded the extension keeps the name and has no use for it.</summary>
    private static readonly (string Name, string Value)[] Settings =
    [
        ("log_statement", "none"),
        ("log_min_duration_statement", "-1"),
        ("log_min_duration_sample", "-1"),
        // One that fails is logged with its text, too.
        ("log_min_error_statement", "panic"),
        ("track_activities", "off"),
        ("pg_stat_statements.track", "none"),
        ("pgaudit.log", "none"),
    ];

    /// <summary>Goes before the transaction: whether one is sampled is decided as it begins.</summary>
    public const string Before = "SET log_transaction_sample_rate = 0";

    /// <summary>One statement each, at the beginning of the transaction.</summary>
    public static IReadOnlyList<string> Preparation { get; } =
        [.. Settings.Select(one => $"SET LOCAL {one.Name} = {SqlQuote.Literal(one.Value)}")];
}
