using Cortex.Core.Postgres;

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
            return Total is { } total
                ? $"{ByteText.Of(Streamed, Math.Max(total, Streamed))} copied"
                : $"{ByteText.Of(Streamed)} copied";
        }
    }
}
