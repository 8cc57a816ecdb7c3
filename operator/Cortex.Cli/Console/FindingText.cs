using Cortex.Engine.Targets.Podman;
using Spectre.Console;

namespace Cortex.Cli.Console;

/// <summary>Formats findings about the machine as lines of Spectre's markup, the most severe first. Pure.</summary>
internal static class FindingText
{
    public static IEnumerable<string> Of(
        IEnumerable<Finding> findings) => findings.OrderByDescending(finding => finding.Severity).SelectMany(finding => new[]
    {
        $"[{Colour(finding.Severity)}]{Word(finding.Severity)}[/]  {finding.What.EscapeMarkup()}",
        $"         {finding.Remedy.EscapeMarkup()}",
    });

    private static string Word(Severity severity) => severity.ToString().ToLowerInvariant().PadRight(nameof(Severity.Warning).Length);

    private static string Colour(Severity severity) => severity switch
    {
        Severity.Error => "red",
        Severity.Warning => "yellow",
        _ => "grey",
    };
}
