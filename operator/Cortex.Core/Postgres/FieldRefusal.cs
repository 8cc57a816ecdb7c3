using System.Globalization;

namespace Cortex.Core.Postgres;

/// <summary>A value of the resource that is refused.</summary>
/// <param name="Path">The path of the field.</param>
/// <param name="What">What is wrong, as a sentence.</param>
/// <param name="Remedy">What the user can do instead; null where <paramref name="What"/> says which values are valid.</param>
public sealed record FieldRefusal(string Path, string What, string? Remedy = null)
{
    /// <summary>How many problems a message contains.</summary>
    private const int MostInMessage = 10;

    public FieldRefusal(string path, Objection objection)
        : this(path, objection.What, objection.Remedy)
    {
    }

    /// <summary>What is wrong and the remedy, for a reader who sees the path beside it.</summary>
    public string Message => Remedy is null ? What : $"{What}; {Remedy}";

    public override string ToString() => $"{Path}: {Message}";

    /// <summary>
    /// The first problems, and how many there are in addition: a message is read by people, and is stored where its size is limited.
    /// </summary>
    public static string Summary(IReadOnlyList<FieldRefusal> problems) => string.Join(
        "; ",
        problems.Take(MostInMessage).Select(refusal => QuotedText.Shorten(refusal.ToString()))
            .Concat(problems.Count > MostInMessage ? [More(problems.Count - MostInMessage)] : []));

    private static string More(int count) => string.Create(CultureInfo.InvariantCulture, $"and {count} more");
}

/// <summary>Why a value is refused, without its field: what is wrong and, if <paramref name="What"/> does not say it, the remedy.</summary>
public sealed record Objection(string What, string? Remedy = null)
{
    public static implicit operator Objection(string what) => new(what);
}
