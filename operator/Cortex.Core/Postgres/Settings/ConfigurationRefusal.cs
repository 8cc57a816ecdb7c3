using System.Text.RegularExpressions;

namespace Cortex.Core.Postgres;

/// <summary>Which field of the spec a server means when it refuses its configuration, from its messages.</summary>
public static partial class ConfigurationRefusal
{
    /// <summary>Each field with its value and the server's message; the spec as a whole where a message leads to no field.</summary>
    /// <param name="log">What the server printed until it ended, with messages in English.</param>
    /// <param name="parameters">spec.postgres.parameters.</param>
    /// <param name="hba">spec.postgres.hba.</param>
    public static IReadOnlyList<FieldRefusal> Read(string log, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> hba)
    {
        var said = Statements(log);
        List<FieldRefusal> found = [.. said.Select(statement => Field(statement, parameters, hba)).OfType<FieldRefusal>().Distinct()];
        return found.Count > 0
            ? found
            : [new FieldRefusal("spec.postgres", $"PostgreSQL says: {said.LastOrDefault(line => line.IsFatal)?.Words ?? LastLine(log)}")];
    }

    private static FieldRefusal? Field(Statement said, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<string> hba)
    {
        if (said.HbaLine is { } line)
        {
            return HbaRules.UserLineAt(line) is { } at && at < hba.Count
                ? new FieldRefusal($"{HbaRules.FieldPath}[{at}]", $"\"{hba[at]}\": PostgreSQL says: {said.Words}")
                : null;
        }

        var name = Parameter().Match(said.Words) is { Success: true } quoted
            ? parameters.Keys.FirstOrDefault(key => key.Equals(quoted.Groups["name"].Value, StringComparison.OrdinalIgnoreCase))
            : said.IsFatal ? Mentioned(said.Words, parameters) : null;
        return name is null
            ? null
            : new FieldRefusal($"{ParameterRules.FieldPath}.{name}", $"\"{parameters[name]}\": PostgreSQL says: {said.Words}");
    }

    /// <summary>By its name, or by a part of its value, such as a library.</summary>
    private static string? Mentioned(string words, IReadOnlyDictionary<string, string> parameters)
    {
        var spoken = Word().Matches(words).Select(match => match.Value).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var quoted = Quoted().Matches(words).Select(match => match.Groups["text"].Value).Where(text => text.Length > 0).ToList();
        return parameters.Keys.FirstOrDefault(spoken.Contains)
            ?? parameters.Keys.FirstOrDefault(name => quoted.Any(text => parameters[name].Contains(text, StringComparison.Ordinal)));
    }

    private static List<Statement> Statements(string log)
    {
        List<Statement> said = [];
        foreach (var line in log.Split('\n'))
        {
            if (Report().Match(line) is { Success: true } report)
            {
                said.Add(new Statement(report.Groups["words"].Value.Trim(), report.Groups["level"].Value is not "LOG", null));
            }
            else if (HbaContext().Match(line) is { Success: true } context && said is [.., var last]
                && int.TryParse(context.Groups["line"].ValueSpan, System.Globalization.NumberStyles.None, null, out var number))
            {
                said[^1] = last with { HbaLine = number };
            }
        }

        return said;
    }

    private static string LastLine(string log) =>
        log.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "nothing";

    private sealed record Statement(string Words, bool IsFatal, int? HbaLine);

    // Conflicts between settings are reported before there is a log, with the program's name in front.
    [GeneratedRegex(@"(?:^|\s)(?:(?<level>LOG|ERROR|FATAL|PANIC):  |postgres: )(?<words>.+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Report();

    [GeneratedRegex(@"CONTEXT:  line (?<line>\d+) of configuration file "".*pg_hba\.conf""", RegexOptions.CultureInvariant)]
    private static partial Regex HbaContext();

    [GeneratedRegex(@"parameter ""(?<name>[^""]+)""", RegexOptions.CultureInvariant)]
    private static partial Regex Parameter();

    [GeneratedRegex(@"""(?<text>[^""]*)""", RegexOptions.CultureInvariant)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"[A-Za-z_][A-Za-z0-9_.]*", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
