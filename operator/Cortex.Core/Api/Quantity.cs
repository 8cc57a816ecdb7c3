using System.Globalization;
using System.Text.RegularExpressions;

namespace Cortex.Core.Api;

/// <summary>
/// Quantities as Kubernetes writes them: <c>500m</c>, <c>1.5Gi</c>
/// (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/). The schema has the same pattern. A text or number
/// that is longer or larger than any machine needs is not a quantity, so that no computation with one can overflow.
/// </summary>
public static partial class Quantity
{
    /// <summary>The most characters of a quantity.</summary>
    public const int Longest = 32;

    private static readonly Dictionary<string, decimal> Units = new()
    {
        [""] = 1, ["m"] = 0.001m, ["k"] = 1e3m, ["M"] = 1e6m, ["G"] = 1e9m, ["T"] = 1e12m,
        ["Ki"] = 1L << 10, ["Mi"] = 1L << 20, ["Gi"] = 1L << 30, ["Ti"] = 1L << 40,
    };

    /// <summary>Null when the text is not a quantity, or its number does not fit into 63 bits.</summary>
    public static decimal? Parse(string? text)
    {
        if (text is null or { Length: > Longest } || Form().Match(text) is not { Success: true } match)
        {
            return null;
        }

        var number = decimal.Parse(match.Groups["number"].ValueSpan, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
        var value = number * Units[match.Groups["unit"].Value];
        return value <= long.MaxValue ? value : null;
    }

    /// <summary>A quantity of bytes.</summary>
    public static bool IsSize(string? text) => Parse(text) is not null && !text!.EndsWith('m');

    [GeneratedRegex(@"^(?<number>[0-9]{1,15}(\.[0-9]{1,9})?)(?<unit>m|k|M|G|T|Ki|Mi|Gi|Ti)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
