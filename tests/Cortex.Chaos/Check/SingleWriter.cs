using Cortex.Chaos.Record;

namespace Cortex.Chaos.Check;

/// <summary>
/// Invariant I1, from outside. Two answers are never given at one instant, so what is demanded is stronger: once a later timeline was heard to
/// take writes, no request begun after that may be answered from an earlier one; and a timeline has one writer only.
/// </summary>
internal static class SingleWriter
{
    public static IEnumerable<string> Violations(IReadOnlyList<Happening> history)
    {
        var heard = history.Select(Heard).OfType<Answer>().GroupBy(one => (one.Timeline, one.Instance))
            .Select(one => (one.Key.Timeline, one.Key.Instance, First: one.MinBy(answer => answer.EndedAt)!, Last: one.MaxBy(answer => answer.BegunAt)!))
            .OrderBy(one => one.Timeline).ToList();
        foreach (var shared in heard.GroupBy(one => one.Timeline).Where(one => one.Count() > 1))
        {
            yield return $"timeline {shared.Key} has several writers: {string.Join(", ", shared.Select(one => one.Instance))}";
        }

        foreach (var earlier in heard)
        {
            foreach (var later in heard.Where(one => one.Timeline > earlier.Timeline && one.First.EndedAt < earlier.Last.BegunAt))
            {
                yield return $"{earlier.Instance} took writes on timeline {earlier.Timeline} at {earlier.Last.BegunAt:HH:mm:ss.fff}, "
                    + $"after {later.Instance} had on timeline {later.Timeline} at {later.First.EndedAt:HH:mm:ss.fff}";
            }
        }
    }

    private static Answer? Heard(Happening happening) => happening switch
    {
        Acknowledged row => new Answer(row.Instance, row.Timeline, row.BegunAt, row.At),
        Writable claim => new Answer(claim.Instance, claim.Timeline, claim.BegunAt, claim.At),
        _ => null,
    };

    private sealed record Answer(string Instance, uint Timeline, DateTimeOffset BegunAt, DateTimeOffset EndedAt);
}
