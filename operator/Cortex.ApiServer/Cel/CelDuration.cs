using System.Globalization;
using System.Text.RegularExpressions;

namespace Cortex.ApiServer.Cel;

/// <summary>A duration as in Go: nanoseconds, up to 292 years.</summary>
internal sealed partial record CelDuration(long Nanoseconds)
{
    private static readonly Dictionary<string, decimal> Units = new()
    {
        ["ns"] = 1, ["us"] = 1e3m, ["µs"] = 1e3m, ["ms"] = 1e6m, ["s"] = 1e9m, ["m"] = 60e9m, ["h"] = 3600e9m,
    };

    /// <summary>Null when the text is not a duration, or exceeds the range. https://pkg.go.dev/time#ParseDuration</summary>
    public static CelDuration? Parse(string text)
    {
        if (text is "0" or "+0" or "-0")
        {
            return new(0);
        }

        var match = Form().Match(text);
        if (!match.Success)
        {
            return null;
        }

        var sum = 0m;
        foreach (var (number, unit) in match.Groups["number"].Captures.Zip(match.Groups["unit"].Captures))
        {
            if (number.Length > 25)
            {
                return null;
            }

            var amount = decimal.Parse(number.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
            if (amount > long.MaxValue / Units[unit.Value])
            {
                return null;
            }

            sum += amount * Units[unit.Value];
            if (sum > long.MaxValue)
            {
                return null;
            }
        }

        return new((long)(text[0] == '-' ? -sum : sum));
    }

    [GeneratedRegex(
        @"^[+-]?((?<number>[0-9]+(\.[0-9]*)?|\.[0-9]+)(?<unit>ns|us|µs|ms|s|m|h))+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
