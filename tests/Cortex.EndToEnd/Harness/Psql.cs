namespace Cortex.EndToEnd.Harness;

/// <summary>The psql command, with nothing from the user's home or environment.</summary>
public static class Psql
{
    private static readonly Dictionary<string, string?> Environment = new()
    {
        ["HOME"] = "/nonexistent",
        ["PGPASSWORD"] = null,
        ["PGCONNECT_TIMEOUT"] = "5",
        ["LC_ALL"] = "C",
    };

    /// <summary>Runs statements and prints values only.</summary>
    public static Task<ToolResult> RunAsync(string dsn, string sql) =>
        Tool.RunAsync("psql", ["--no-psqlrc", "--no-password", "--tuples-only", "--no-align", "--quiet", "--set", "ON_ERROR_STOP=1", "--command", sql, dsn], Environment);

    /// <summary>What they print; fails the test when they fail.</summary>
    public static async Task<string> TextAsync(string dsn, string sql) => (await RunAsync(dsn, sql)).Text();
}
