using System.CommandLine;
using System.Text.RegularExpressions;
using Cortex.Core.Restoring;

namespace Cortex.Cli.Parsing;

/// <summary>Options that are moments, as people, PostgreSQL and <c>status.backup</c> write them.</summary>
internal static partial class Moments
{
    /// <summary>An option whose value is null when it is not given.</summary>
    public static Option<DateTimeOffset?> Option(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "MOMENT",
        CustomParser = result =>
        {
            if (Read(result.Tokens[0].Value) is { } moment)
            {
                return moment;
            }

            result.AddError(
                $"{name}: \"{result.Tokens[0].Value}\" is not a moment with a time zone; write it as 2026-01-31T12:00:00Z or "
                    + "\"2026-01-31 12:00:00+01\"");
            return null;
        },
    };

    /// <summary>Null where it is not a moment, or no time zone is given.</summary>
    internal static DateTimeOffset? Read(string text) => Written().Match(text.Trim()) is not { Success: true } match ? null
        : RestoreRequest.ParseTime(
            $"{match.Groups["date"].Value}T{match.Groups["time"].Value}{(match.Groups["seconds"].Success ? "" : ":00")}{Zone(match)}");

    private static string Zone(Match match) => match.Groups["zone"].Value switch
    {
        "Z" or "z" => "Z",
        { Length: 3 } hours => $"{hours}:00",
        var zone => zone,
    };

    [GeneratedRegex(
        @"^(?<date>\d{4}-\d{2}-\d{2})[T ](?<time>\d{2}:\d{2}(?<seconds>:\d{2}(\.\d{1,6})?)?) ?(?<zone>[Zz]|[-+]\d{2}(:\d{2})?)$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Written();
}
