using System.Diagnostics;

namespace Cortex.Testing.Clusters;

/// <summary>The psql command, independent of the user's home and environment.</summary>
public static class Psql
{
    private static readonly Dictionary<string, string?> Environment = new()
    {
        ["HOME"] = "/nonexistent",
        ["PGPASSWORD"] = null,
        ["PGCONNECT_TIMEOUT"] = "5",
        ["LC_ALL"] = "C",
    };

    /// <summary>
    /// Debian's psql on PATH is a wrapper in Perl that takes five times as long as the program that it chooses: the newest that is there.
    /// </summary>
    private static readonly string Program = Directory.Exists(DebianFolder)
        ? Directory.EnumerateDirectories(DebianFolder).Select(version => Path.Combine(version, "bin", "psql"))
            .Where(File.Exists).Max(StringComparer.Ordinal) ?? OnPath
        : OnPath;

    private const string DebianFolder = "/usr/lib/postgresql";
    private const string OnPath = "psql";

    /// <summary>Runs statements and prints only values.</summary>
    public static Task<ToolResult> RunAsync(string dsn, string sql) =>
        Tool.RunAsync(
            Program,
            ["--no-psqlrc", "--no-password", "--tuples-only", "--no-align", "--quiet", "--set", "ON_ERROR_STOP=1", "--command", sql, dsn],
            Environment);

    /// <summary>
    /// The output of the statements; the test fails if they fail. If no server was reached, no statement was run, so it is tried again for
    /// as long as the route to the server may not be ready.
    /// </summary>
    public static async Task<string> TextAsync(string dsn, string sql)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var result = await RunAsync(dsn, sql);
            if (!IsUnreachable(result) || clock.Elapsed > TestTargets.Current.RoutingDelay)
            {
                return result.Text();
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
        }
    }

    private static bool IsUnreachable(ToolResult result) =>
        result.Errors.StartsWith("psql: error: connection to server at", StringComparison.Ordinal)
        && (result.Errors.Contains("Connection refused", StringComparison.Ordinal)
            || result.Errors.Contains("No route to host", StringComparison.Ordinal));
}
