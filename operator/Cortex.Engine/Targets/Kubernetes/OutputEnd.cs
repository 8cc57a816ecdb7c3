namespace Cortex.Engine.Targets.Kubernetes;

/// <summary>
/// A mark at the end of a one-shot's output. A node may report a container as ended before the last lines are in its log, and on a busy
/// node these can take seconds: only the mark tells that a log is complete.
/// </summary>
internal static class OutputEnd
{
    private const string Mark = "end-of-this-output\n";

    /// <summary>The bytes that the mark adds to an output.</summary>
    public static readonly int Length = Mark.Length;

    /// <summary>
    /// The script, with the mark after its output whatever its exit code; it is missing when the container is killed.
    /// Output and errors are one stream: of two, a node may write one much later than the other.
    /// </summary>
    public static string After(string script) => $"exec 2>&1\n(\n:\n{script}\n)\ncode=$?\necho {Mark.TrimEnd()}\nexit $code";

    public static bool IsIn(string log) => log.EndsWith(Mark, StringComparison.Ordinal);

    /// <summary>The mark follows the last line directly where that has no end of its own.</summary>
    public static string Without(string log) => IsIn(log) ? log[..^Mark.Length] : log;
}
