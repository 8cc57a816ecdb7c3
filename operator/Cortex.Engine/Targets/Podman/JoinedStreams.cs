namespace Cortex.Engine.Targets.Podman;

/// <summary>
/// The end of a container's output and errors as one text with whole lines. A program may write a line in parts, and the parts of two
/// streams come in any order: a line of one stream is kept back until its end, so that no other line begins in the middle of it.
/// </summary>
/// <param name="limit">In bytes.</param>
internal sealed class JoinedStreams(int limit)
{
    private readonly Tail text = new(limit);
    private readonly SortedDictionary<byte, Tail> unfinished = [];

    public void Add(byte stream, ReadOnlySpan<byte> bytes)
    {
        var complete = bytes.LastIndexOf((byte)'\n') + 1;
        if (complete > 0)
        {
            Finish(stream);
            text.Add(bytes[..complete]);
        }

        if (complete < bytes.Length)
        {
            unfinished.TryAdd(stream, new Tail(limit));
            unfinished[stream].Add(bytes[complete..]);
        }
    }

    /// <summary>The text, with the last lines of the streams, which may have no end.</summary>
    public string End()
    {
        foreach (var stream in unfinished.Keys.ToList())
        {
            Finish(stream);
        }

        return text.ToString();
    }

    private void Finish(byte stream)
    {
        if (unfinished.Remove(stream, out var begun))
        {
            text.Add(begun.Bytes);
        }
    }
}
