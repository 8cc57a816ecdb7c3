namespace Cortex.ApiServer.Cel;

/// <summary>
/// Names of members that are reserved words in a rule and have to be escaped.
/// https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
/// </summary>
internal static class CelNames
{
    private static readonly string[] Reserved =
    [
        "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop",
        "package", "namespace", "return", "var", "void", "while",
    ];

    /// <summary>
    /// The name of the member behind an escaped name: <c>__namespace__</c> is <c>namespace</c>, <c>a__dash__b</c> is <c>a-b</c>.
    /// </summary>
    public static string Unescape(string name) =>
        name.Length > 4
            && name.StartsWith("__", StringComparison.Ordinal)
            && name.EndsWith("__", StringComparison.Ordinal)
            && Reserved.Contains(name[2..^2])
        ? name[2..^2]
        : name.Replace("__dot__", ".", StringComparison.Ordinal).Replace("__dash__", "-", StringComparison.Ordinal)
            .Replace("__slash__", "/", StringComparison.Ordinal).Replace("__underscores__", "__", StringComparison.Ordinal);
}
