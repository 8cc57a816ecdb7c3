using System.Globalization;
using Cortex.Core.Postgres;

namespace Cortex.Chaos.Check;

/// <summary>A row by who wrote it and the number that it was given.</summary>
public readonly record struct RowId(string Writer, long Number);

/// <summary>The timeline that is in force at the end, and the place where each of its ancestors was left.</summary>
public sealed record Ancestry(uint Final, IReadOnlyDictionary<uint, Lsn> Forks)
{
    /// <summary>The timeline that came after one of the ancestors.</summary>
    public uint Successor(uint timeline) => Forks.Keys.Where(one => one > timeline).DefaultIfEmpty(Final).Min();

    /// <summary>Reads a history file of pg_wal: lines of parent timeline, place, reason. The first timeline has none.</summary>
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

/// <summary>What was found when the faults were over and the writers had stopped.</summary>
public sealed record EndState(IReadOnlySet<RowId> Rows, Ancestry Ancestry);
