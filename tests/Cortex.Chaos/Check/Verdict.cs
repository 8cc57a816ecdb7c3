using System.Globalization;
using System.Text;

namespace Cortex.Chaos.Check;

/// <summary>The verdict about a history. Without a violation, every promise was kept.</summary>
public sealed record Verdict
{
    public required IReadOnlyList<string> Violations { get; init; }

    /// <summary>How often each fault was injected.</summary>
    public required IReadOnlyDictionary<string, int> Faults { get; init; }

    /// <summary>The number of receipts of each kind.</summary>
    public required IReadOnlyDictionary<string, int> Promotions { get; init; }

    public required int Acknowledged { get; init; }

    /// <summary>Acknowledged rows that a failover lost and its receipt accounts for.</summary>
    public required int LostExplained { get; init; }

    /// <summary>Acknowledged rows that a failover lost, and whose receipt does not contain the amount of the loss.</summary>
    public required int LostUnmeasured { get; init; }

    public required int LostUnexplained { get; init; }

    public required int UnknownPresent { get; init; }

    public required int UnknownAbsent { get; init; }

    /// <summary>The moments of the run that were restored from the archive.</summary>
    public required int MomentsRestored { get; init; }

    /// <summary>The longest time from the end of a fault until everything was as the spec asks.</summary>
    public required double LongestRecoverySeconds { get; init; }

    /// <summary>The longest time without an acknowledged row.</summary>
    public required double LongestWriteGapSeconds { get; init; }

    public bool Clean => Violations.Count == 0;

    /// <summary>A text for people.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        void Line(string name, IFormattable value) => text.AppendLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-38} {value}"));
        text.AppendLine("Faults");
        foreach (var (name, count) in Faults.OrderBy(fault => fault.Key, StringComparer.Ordinal))
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
        Line("lost, amount not in the receipt", LostUnmeasured);
        Line("lost, unexplained", LostUnexplained);
        Line("unknown, present", UnknownPresent);
        Line("unknown, absent", UnknownAbsent);
        text.AppendLine("Archive");
        Line("moments restored", MomentsRestored);
        text.AppendLine("Times");
        Line("longest recovery, s", LongestRecoverySeconds);
        Line("longest without a write, s", LongestWriteGapSeconds);
        text.AppendLine(Clean ? "Verdict: clean" : string.Create(CultureInfo.InvariantCulture, $"Verdict: {Violations.Count} violations"));
        foreach (var violation in Violations)
        {
            text.Append("  ").AppendLine(violation);
        }

        return text.ToString();
    }
}
