using System.Globalization;

namespace Cortex.Core.Planning;

/// <summary>
/// A base backup in progress, as pg_stat_progress_basebackup tells
/// (https://www.postgresql.org/docs/current/progress-reporting.html#BASEBACKUP-PROGRESS-REPORTING).
/// </summary>
/// <param name="Phase">In PostgreSQL's words.</param>
/// <param name="Streamed">In bytes.</param>
/// <param name="Total">In bytes, as estimated at the beginning; null where it is not known.</param>
public sealed record CopySeen(string Phase, long Streamed, long? Total)
{
    private static readonly (long Size, string Name)[] Units =
    [
        (1_000_000_000_000, "TB"),
        (1_000_000_000, "GB"),
        (1_000_000, "MB"),
        (1_000, "kB"),
    ];

    /// <summary>For people: <c>1.2 of 3.4 GB copied</c>; before the first byte and after the last, the phase.</summary>
    public string Says
    {
        get
        {
            if (Streamed <= 0 || !Phase.StartsWith("streaming", StringComparison.Ordinal))
            {
                return Phase;
            }

            // The database grows while it is copied.
            var total = Total is { } all ? Math.Max(all, Streamed) : (long?)null;
            var (size, name) = Units.FirstOrDefault(unit => unit.Size <= (total ?? Streamed), Units[^1]);
            return total is { } of
                ? string.Create(CultureInfo.InvariantCulture, $"{(double)Streamed / size:0.0} of {(double)of / size:0.0} {name} copied")
                : string.Create(CultureInfo.InvariantCulture, $"{(double)Streamed / size:0.0} {name} copied");
        }
    }
}
