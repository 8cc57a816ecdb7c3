using System.CommandLine;
using Cortex.Core.Api;

namespace Cortex.Cli.Parsing;

/// <summary>Options that are durations, written as in the resource: <c>5m</c>, <c>90s</c>.</summary>
internal static class Durations
{
    /// <summary>An option whose value is null when it is not given.</summary>
    public static Option<TimeSpan?> Option(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "DURATION",
        CustomParser = result =>
        {
            if (GoDuration.Parse(result.Tokens[0].Value) is { } span && span > TimeSpan.Zero)
            {
                return span;
            }

            result.AddError($"{name}: \"{result.Tokens[0].Value}\" is not a duration; write it as 5m or 90s");
            return null;
        },
    };
}
