using Spectre.Console;

namespace Cortex.Cli.Console;

/// <summary>Formats rows of cells as aligned lines of markup, with two spaces between columns and no space at the end.</summary>
internal static class Columns
{
    /// <param name="rows">Cells in Spectre's markup; every row has as many cells as the first.</param>
    public static IEnumerable<string> Align(IReadOnlyList<string[]> rows)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].RemoveMarkup().Length)).ToArray();
        return rows.Select(row => string.Concat(row.Select((cell, column) =>
            column == row.Length - 1 ? cell : cell + new string(' ', widths[column] - cell.RemoveMarkup().Length + 2))));
    }
}
