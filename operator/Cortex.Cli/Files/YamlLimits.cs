using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Cortex.Cli.Files;

/// <summary>
/// Refuses YAML that cannot be converted to JSON, or that is too large after conversion, before anything is built from it: a few lines with
/// aliases can stand for billions of values, or for an infinite value.
/// </summary>
internal sealed class YamlLimits
{
    /// <summary>The limit for a file, and for all its strings after aliases are replaced. The API accepts 3 MiB for a resource.</summary>
    public const int MaxCharacters = 16 * 1024 * 1024;

    /// <summary>The limit for all documents together, keys included. A cluster has about a hundred values.</summary>
    private const int MaxValues = 100_000;

    /// <summary>The depth up to which the API reads JSON.</summary>
    private const int MaxDepth = 64;

    private readonly Stack<Collection> open = [];
    private readonly Dictionary<AnchorName, Size?> anchors = [];
    private long values;
    private long characters;

    /// <exception cref="YamlException">The text is not YAML, or exceeds a limit; with the place.</exception>
    public static void Check(string text)
    {
        var limits = new YamlLimits();
        var parser = new Parser(new StringReader(text));
        while (parser.MoveNext())
        {
            limits.Take(parser.Current!);
        }
    }

    private void Take(ParsingEvent current)
    {
        switch (current)
        {
            case DocumentStart:
                anchors.Clear();
                break;
            case Scalar scalar:
                Add(scalar, new Size(1, scalar.Value.Length, Height: 0), scalar.Anchor);
                break;
            case AnchorAlias alias:
                Add(alias, SizeOf(alias), AnchorName.Empty);
                break;
            case SequenceStart or MappingStart:
                Open((NodeEvent)current);
                break;
            case SequenceEnd or MappingEnd:
                Close();
                break;
        }
    }

    private Size SizeOf(AnchorAlias alias) => anchors.TryGetValue(alias.Value, out var size)
        ? size ?? throw Refused(alias, $"the anchor &{alias.Value} contains itself")
        : throw Refused(alias, $"there is no anchor &{alias.Value} before this alias");

    private void Add(ParsingEvent at, Size size, AnchorName anchor)
    {
        Count(at, size);
        if (!anchor.IsEmpty)
        {
            anchors[anchor] = size;
        }
    }

    private void Open(NodeEvent start)
    {
        Count(start, new Size(1, 0, Height: 1));
        if (!start.Anchor.IsEmpty)
        {
            // The anchor is not complete yet: an alias to it from now on is inside of it.
            anchors[start.Anchor] = null;
        }

        open.Push(new Collection(start, values, characters));
    }

    private void Close()
    {
        var closed = open.Pop();
        var size = new Size(values - closed.Values + 1, characters - closed.Characters, closed.Height + 1);
        if (!closed.Start.Anchor.IsEmpty)
        {
            anchors[closed.Start.Anchor] = size;
        }

        Grow(size.Height);
    }

    private void Count(ParsingEvent at, Size size)
    {
        values += size.Values;
        characters += size.Characters;
        if (values > MaxValues)
        {
            throw Refused(at, $"more than {MaxValues} values, counted after aliases are replaced");
        }

        if (characters > MaxCharacters)
        {
            throw Refused(at, $"more than {MaxCharacters} characters, counted after aliases are replaced");
        }

        if (open.Count + size.Height > MaxDepth)
        {
            throw Refused(at, $"nested deeper than {MaxDepth} levels");
        }

        if (open.TryPeek(out var parent) && parent.NextIsKey() && size.Height > 0)
        {
            throw Refused(at, "a key must be a string");
        }

        Grow(size.Height);
    }

    private void Grow(int height)
    {
        if (open.TryPeek(out var parent))
        {
            parent.Height = Math.Max(parent.Height, height);
        }
    }

    private static YamlException Refused(ParsingEvent at, string what) => new(at.Start, at.End, what);

    /// <param name="Height">The number of nested collections; 0 for a scalar.</param>
    private sealed record Size(long Values, long Characters, int Height);

    /// <param name="values">The number of values before the collection.</param>
    private sealed class Collection(NodeEvent start, long values, long characters)
    {
        private bool expectsKey = start is MappingStart;

        public NodeEvent Start => start;

        public long Values => values;

        public long Characters => characters;

        /// <summary>The height of its highest element so far.</summary>
        public int Height { get; set; }

        /// <summary>Whether the next node is a key. In a mapping, keys and values alternate.</summary>
        public bool NextIsKey()
        {
            var isKey = expectsKey;
            expectsKey = start is MappingStart && !expectsKey;
            return isKey;
        }
    }
}
