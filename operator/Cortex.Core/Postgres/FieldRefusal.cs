using System.Globalization;

namespace Cortex.Core.Postgres;

/// <summary>Something the user asked for that cannot be granted: the field's path in the resource, and a sentence why.</summary>
public sealed record FieldRefusal(string Path, string Reason)
{
    /// <summary>In a message that has room for so many.</summary>
    private const int Told = 10;

    public override string ToString() => $"{Path}: {Reason}";

    /// <summary>The first of them, and how many there are besides: a message is read by people, and is stored where there is an end to its size.</summary>
    public static string Summary(IReadOnlyList<FieldRefusal> problems) => string.Join(
        "; ",
        problems.Take(Told).Select(one => QuotedText.Shorten(one.ToString()))
            .Concat(problems.Count > Told ? [string.Create(CultureInfo.InvariantCulture, $"and {problems.Count - Told} more")] : []));
}
