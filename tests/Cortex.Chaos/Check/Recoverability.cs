using System.Globalization;
using Cortex.Chaos.Record;

namespace Cortex.Chaos.Check;

/// <summary>
/// Whether the archive has no hole: a restore to a moment gives every row that was acknowledged before, except rows that the cluster has
/// lost itself, and no row that was sent later.
/// </summary>
internal static class Recoverability
{
    /// <summary>PostgreSQL and the history use different clocks.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(0.1);

    public static IEnumerable<string> Violations(IReadOnlyList<HistoryEvent> history, EndState end)
    {
        var sent = history.Select(Sent).OfType<Row>().ToList();
        foreach (var moment in end.Moments)
        {
            if (moment.Failure is { } failure)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{moment.At:HH:mm:ss.fff} cannot be restored: {failure}");
                continue;
            }

            if (sent.Where(row => row.AcknowledgedAt < moment.At - ClockTolerance && end.Rows.Contains(row.Id)
                && !moment.Rows.Contains(row.Id)).ToList() is { Count: > 0 } missing)
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"a restore to {moment.At:HH:mm:ss.fff} lacks {missing.Count} rows that were acknowledged before, such as "
                        + $"{missing[0].Id.Writer} row {missing[0].Id.Number}");
            }

            if (sent.FirstOrDefault(row => row.BegunAt > moment.At + ClockTolerance && moment.Rows.Contains(row.Id)) is { } early)
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"a restore to {moment.At:HH:mm:ss.fff} has {early.Id.Writer} row {early.Id.Number}, which was sent at "
                        + $"{early.BegunAt:HH:mm:ss.fff}");
            }
        }
    }

    private static Row? Sent(HistoryEvent item) => item switch
    {
        Acknowledged row => new Row(new RowId(row.Actor, row.Number), row.BegunAt, row.At),
        Unanswered row => new Row(new RowId(row.Actor, row.Number), row.BegunAt, null),
        _ => null,
    };

    private sealed record Row(RowId Id, DateTimeOffset BegunAt, DateTimeOffset? AcknowledgedAt);
}
