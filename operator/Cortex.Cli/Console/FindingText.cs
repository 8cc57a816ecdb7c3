using Cortex.Engine.Targets.Podman;
using Spectre.Console;

namespace Cortex.Cli.Console;

/// <summary>Findings about the machine for people, the worst first, as lines of Spectre's markup. Pure.</summary>
internal static class FindingText
{
    public static IEnumerable<string> Of(IEnumerable<Finding> findings) => findings.OrderByDescending(one => one.Severity).SelectMany(one => new[]
    {
        $"[{Colour(one.Severity)}]{Word(one.Severity)}[/]  {one.What.EscapeMarkup()}",
        $"         {one.Remedy.EscapeMarkup()}",
    });

    private static string Word(Severity severity) => severity.ToString().ToLowerInvariant().PadRight(nameof(Severity.Warning).Length);

    private static string Colour(Severity severity) => severity switch
    {
        Severity.Error => "red",
        Severity.Warning => "yellow",
        _ => "grey",
    };
}
