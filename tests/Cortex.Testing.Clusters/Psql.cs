using System.Diagnostics;

namespace Cortex.Testing.Clusters;

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

    /// <summary>What they print; fails the test when they fail. Where no server was reached nothing was run, so as long as the way to it may not be laid yet it is asked again.</summary>
    public static async Task<string> TextAsync(string dsn, string sql)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var result = await RunAsync(dsn, sql);
            if (!Unreached(result) || clock.Elapsed > Place.Here.WaysFollow)
            {
                return result.Text();
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
        }
    }

    private static bool Unreached(ToolResult result) =>
        result.Errors.StartsWith("psql: error: connection to server at", StringComparison.Ordinal)
        && (result.Errors.Contains("Connection refused", StringComparison.Ordinal) || result.Errors.Contains("No route to host", StringComparison.Ordinal));
}
