using Cortex.Chaos.Record;

namespace Cortex.Chaos.Check;

/// <summary>
/// Invariant I1, seen from outside. Two answers never refer to the same moment, so a stronger condition is checked: after a later timeline
/// has accepted writes, no request that begins afterwards may be answered on an earlier timeline; and a timeline has only one writer.
/// </summary>
internal static class SingleWriter
{
    public static IEnumerable<string> Violations(IReadOnlyList<HistoryEvent> history)
    {
        var writers = history.Select(AnswerOf).OfType<Answer>().GroupBy(answer => (answer.Timeline, answer.Instance))
            .Select(answers => (
                answers.Key.Timeline,
                answers.Key.Instance,
                First: answers.MinBy(answer => answer.EndedAt)!,
                Last: answers.MaxBy(answer => answer.BegunAt)!))
            .OrderBy(writer => writer.Timeline).ToList();
        foreach (var shared in writers.GroupBy(writer => writer.Timeline).Where(timeline => timeline.Count() > 1))
        {
            yield return $"timeline {shared.Key} has several writers: {string.Join(", ", shared.Select(writer => writer.Instance))}";
        }

        foreach (var earlier in writers)
        {
            foreach (
                var later in writers.Where(writer => writer.Timeline > earlier.Timeline && writer.First.EndedAt < earlier.Last.BegunAt))
            {
                yield return $"{earlier.Instance} accepted writes on timeline {earlier.Timeline} at {earlier.Last.BegunAt:HH:mm:ss.fff}, "
                    + $"after {later.Instance} had accepted writes on timeline {later.Timeline} at {later.First.EndedAt:HH:mm:ss.fff}";
            }
        }
    }

    private static Answer? AnswerOf(HistoryEvent item) => item switch
    {
        Acknowledged row => new Answer(row.Instance, row.Timeline, row.BegunAt, row.At),
        WriterSeen seen => new Answer(seen.Instance, seen.Timeline, seen.BegunAt, seen.At),
        _ => null,
    };

    private sealed record Answer(string Instance, uint Timeline, DateTimeOffset BegunAt, DateTimeOffset EndedAt);
}
