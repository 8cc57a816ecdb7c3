using System.Globalization;

namespace Cortex.Core.Postgres;

/// <summary>A value of the resource that is refused: the field's path, and a sentence why.</summary>
public sealed record FieldRefusal(string Path, string Reason)
{
    /// <summary>How many problems a message contains.</summary>
    private const int MostInMessage = 10;

    public override string ToString() => $"{Path}: {Reason}";

    /// <summary>
    /// The first problems, and how many there are in addition: a message is read by people, and is stored where its size is limited.
    /// </summary>
    public static string Summary(IReadOnlyList<FieldRefusal> problems) => string.Join(
        "; ",
        problems.Take(MostInMessage).Select(one => QuotedText.Shorten(one.ToString()))
            .Concat(problems.Count > MostInMessage ? [More(problems.Count - MostInMessage)] : []));

            private static string More(int count) => string.Create(CultureInfo.InvariantCulture, $"and {count} more");
}
