using System.Globalization;
using Cortex.Core.Api;
using Cortex.Core.Planning.Forecasts;
using Spectre.Console;

namespace Cortex.Cli.Console;

/// <summary>Formats the effects of an edit as lines of Spectre's markup. Pure.</summary>
internal static class ForecastText
{
    public static IEnumerable<string> Changes(string name, IReadOnlyList<FieldChange> changes) => Columns.Align(
    [
        ["FIELD", "NOW", "THEN", "NEEDS"],
        .. changes.Select(change => new[] { Plain(change.Path), Plain(change.Before), Plain(change.After), Plain(change.Effect) }),
    ]).Prepend("").Prepend($"{Plain(name)} would be changed:");

    public static IEnumerable<string> Of(string name, IReadOnlyList<FieldChange> changes, Forecast forecast, ClusterStatus status)
    {
        foreach (var line in Changes(name, changes))
        {
            yield return line;
        }

        yield return "";
        if (forecast.Refusal is { } refusal)
        {
            yield return $"[red]It would be refused[/] ({Plain(refusal.Reason)}): {Plain(refusal.Message)}";
        }

        if (forecast.Steps.Count == 0)
        {
            yield return forecast.Refusal is null ? "No step is needed." : "Nothing would be done.";
            yield break;
        }

        yield return "Steps:";
        foreach (var (step, index) in forecast.Steps.Select((step, index) => (step, index + 1)))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{index,3}. {Plain(step.Says)}");
        }

        yield return "";
        yield return $"Restarts: {Plain(forecast.Restarts.Count == 0 ? "none" : string.Join(", then ", forecast.Restarts))}";
        yield return $"Write gap: {Gap(forecast, status)}";
        if (forecast.Switchovers > 0 && StatusText.SlotsLeftBehind(status) is { } warning)
        {
            yield return $"[yellow]Logical slots[/]: {Plain(warning)}";
        }
    }

    private static string Gap(Forecast forecast, ClusterStatus status)
    {
        List<string> gaps = [];
        if (forecast.Switchovers is > 0 and var switchovers)
        {
            gaps.Add(Forecast.UsualGap(status) is var (milliseconds, of)
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"{switchovers} x {milliseconds} ms (the median of the last {of} switchovers of this cluster)")
                : string.Create(
                    CultureInfo.InvariantCulture, $"{switchovers} x a switchover; no switchover of this cluster was measured yet"));
        }

        if (forecast.RestartsInPlace > 0)
        {
            gaps.Add("while the primary is restarted in place, which is not measured");
        }

        if (forecast.Restarts.Count > 0 && status.Synchronous is { Standbys.Count: 1, Suspended: false })
        {
            gaps.Add("while its only synchronous standby restarts, too");
        }

        return gaps.Count == 0 ? "none" : string.Join("; ", gaps);
    }

    private static string Plain(string? text) => string.IsNullOrEmpty(text) ? "-" : text.EscapeMarkup();
}
