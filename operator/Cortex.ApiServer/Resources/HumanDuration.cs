namespace Cortex.ApiServer.Resources;

/// <summary>Ages as kubectl shows them (k8s.io/apimachinery/pkg/util/duration): at most two units, less precise for greater ages.</summary>
internal static class HumanDuration
{
    public static string Of(TimeSpan age)
    {
        if (age.TotalSeconds < -1)
        {
            return "<invalid>";
        }

        var (seconds, minutes, hours, days) = (
            (int)Math.Max(0, age.TotalSeconds), (int)age.TotalMinutes, (int)age.TotalHours, (int)age.TotalDays);
        return (seconds, minutes, hours, days) switch
        {
            ( < 120, _, _, _) => $"{seconds}s",
            (_, < 10, _, _) => Pair(minutes, 'm', seconds % 60, 's'),
            (_, < 180, _, _) => $"{minutes}m",
            (_, _, < 8, _) => Pair(hours, 'h', minutes % 60, 'm'),
            (_, _, < 48, _) => $"{hours}h",
            (_, _, _, < 8) => Pair(days, 'd', hours % 24, 'h'),
            (_, _, _, < 365 * 2) => $"{days}d",
            (_, _, _, < 365 * 8) => Pair(days / 365, 'y', days % 365, 'd'),
            _ => $"{days / 365}y",
        };
    }

    private static string Pair(int large, char largeUnit, int small, char smallUnit) =>
        small == 0 ? $"{large}{largeUnit}" : $"{large}{largeUnit}{small}{smallUnit}";
}
