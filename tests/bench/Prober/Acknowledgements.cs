using System.Globalization;

namespace Cortex.Bench.Prober;

/// <summary>What was acknowledged, and the longest time between two of them with what happened in it. Times count from the start of the program.</summary>
internal sealed class Acknowledgements
{
    /// <summary>A longer pause is no steady writing: a busy disk takes tens of milliseconds now and then.</summary>
    private static readonly TimeSpan LongestSteadyPause = TimeSpan.FromMilliseconds(200);

    private readonly List<long> numbers = [];
    private TimeSpan? first;
    private TimeSpan? failed;
    private TimeSpan connected;
    private Gap longest;
    private DateTimeOffset moved;

    public IReadOnlyList<long> Numbers => numbers;

    /// <summary>When the last one came; the start when none did.</summary>
    public TimeSpan Last { get; private set; }

    /// <summary>Who gave it.</summary>
    public string Server { get; private set; } = "";

    /// <summary>How long writes have come without a pause.</summary>
    public TimeSpan SteadyFor => first is { } since ? Last - since : TimeSpan.Zero;

    public void Failed(TimeSpan at)
    {
        failed ??= at;
        first = null;
    }

    public void Connected(TimeSpan at) => connected = at;

    public void Add(long number, TimeSpan at, string by)
    {
        var gap = new Gap(at - Last, DateTimeOffset.UtcNow - (at - Last), Server, by, failed - Last, failed is null ? null : connected - Last);
        if (numbers.Count > 0 && gap.Length > longest.Length)
        {
            longest = gap;
        }

        if (by != Server)
        {
            moved = DateTimeOffset.UtcNow;
        }

        first = gap.Length > LongestSteadyPause ? at : first ?? at;
        numbers.Add(number);
        (Last, Server, failed) = (at, by, null);
    }

    public void ForgetGaps() => longest = default;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"gap_ms {longest.Length.TotalMilliseconds:0} acknowledged {numbers.Count} from {longest.From} to {longest.To} since {longest.Since:HH:mm:ss.fff} moved_us {(moved - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond} failed_ms {longest.Failed?.TotalMilliseconds:0} connected_ms {longest.Connected?.TotalMilliseconds:0}");

    /// <param name="Since">The wall clock at its beginning, to lay it beside a log.</param>
    /// <param name="Failed">From its beginning to the first insert that failed; null: none did.</param>
    /// <param name="Connected">From its beginning to the connection that took the next row.</param>
    private readonly record struct Gap(TimeSpan Length, DateTimeOffset Since, string From, string To, TimeSpan? Failed, TimeSpan? Connected);
}
