using System.Globalization;
using Cortex.Core.Postgres;

namespace Cortex.Chaos.Check;

/// <summary>A row: its writer and its number.</summary>
public readonly record struct RowId(string Writer, long Number);

/// <summary>The final timeline, and the position at which each of its ancestors ended.</summary>
public sealed record Ancestry(uint Final, IReadOnlyDictionary<uint, Lsn> Forks)
{
    /// <summary>The timeline that followed an ancestor.</summary>
    public uint Successor(uint timeline) => Forks.Keys.Where(key => key > timeline).DefaultIfEmpty(Final).Min();

    /// <summary>
    /// Reads a history file of pg_wal: lines with parent timeline, position and reason. The first timeline has no such file.
    /// </summary>
    public static Ancestry Parse(uint final, string text)
    {
        var forks = new Dictionary<uint, Lsn>();
        foreach (var fields in text.Split('\n').Select(line => line.Split('\t')).Where(fields => fields.Length >= 2))
        {
            forks[uint.Parse(fields[0], CultureInfo.InvariantCulture)] = Lsn.Parse(fields[1].Trim());
        }

        return new Ancestry(final, forks);
    }
}

/// <summary>The state after the faults have ended and the writers have stopped.</summary>
public sealed record EndState(IReadOnlySet<RowId> Rows, Ancestry Ancestry)
{
    public IReadOnlyList<RestoredMoment> Moments { get; init; } = [];
}

/// <summary>What a restore of the archive to a moment of the run gave.</summary>
/// <param name="Failure">Why nothing was restored; null if the restore succeeded.</param>
public sealed record RestoredMoment(DateTimeOffset At, IReadOnlySet<RowId> Rows, string? Failure = null);
