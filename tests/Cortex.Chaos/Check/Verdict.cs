using System.Globalization;
using System.Text;

namespace Cortex.Chaos.Check;

/// <summary>What a history came to. Without a violation every promise was kept.</summary>
public sealed record Verdict
{
    public required IReadOnlyList<string> Violations { get; init; }

    /// <summary>How often each fault was made.</summary>
    public required IReadOnlyDictionary<string, int> Faults { get; init; }

    /// <summary>How many receipts there are of each kind.</summary>
    public required IReadOnlyDictionary<string, int> Promotions { get; init; }

    public required int Acknowledged { get; init; }

    /// <summary>Acknowledged rows that a failover lost and its receipt accounts for.</summary>
    public required int LostExplained { get; init; }

    /// <summary>Acknowledged rows that a failover lost whose receipt does not know how much was lost.</summary>
    public required int LostUnmeasured { get; init; }

    public required int LostUnexplained { get; init; }

    public required int UnknownPresent { get; init; }

    public required int UnknownAbsent { get; init; }

    /// <summary>From the end of a fault until everything was as the spec asks.</summary>
    public required double LongestToWholeSeconds { get; init; }

    /// <summary>The longest time in which no client was acknowledged a row.</summary>
    public required double LongestWriteGapSeconds { get; init; }

    public bool Clean => Violations.Count == 0;

    /// <summary>For people.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        void Line(string name, IFormattable value) => text.AppendLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-38} {value}"));
        text.AppendLine("Faults");
        foreach (var (name, count) in Faults.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            Line(name, count);
        }

        text.AppendLine("Promotions");
        foreach (var (kind, count) in Promotions)
        {
            Line(kind, count);
        }

        text.AppendLine("Rows");
        Line("acknowledged", Acknowledged);
        Line("lost, within a receipt", LostExplained);
        Line("lost, the receipt knows not how much", LostUnmeasured);
        Line("lost, unexplained", LostUnexplained);
        Line("unknown, and there", UnknownPresent);
        Line("unknown, and not there", UnknownAbsent);
        text.AppendLine("Times");
        Line("longest until whole, s", LongestToWholeSeconds);
        Line("longest without a write, s", LongestWriteGapSeconds);
        text.AppendLine(Clean ? "Verdict: clean" : string.Create(CultureInfo.InvariantCulture, $"Verdict: {Violations.Count} violations"));
        foreach (var violation in Violations)
        {
            text.Append("  ").AppendLine(violation);
        }

        return text.ToString();
    }
}
