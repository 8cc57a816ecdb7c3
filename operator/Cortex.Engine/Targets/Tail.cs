namespace Cortex.Engine.Targets;

/// <summary>The end of a text of any length.</summary>
internal sealed class Tail(int limit)
{
    private readonly List<byte> bytes = [];

    public void Add(ReadOnlySpan<byte> more)
    {
        bytes.AddRange(more[^Math.Min(more.Length, limit)..]);
        if (bytes.Count > limit)
        {
            bytes.RemoveRange(0, bytes.Count - limit);
        }
    }

    public ReadOnlySpan<byte> Bytes => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes);

    public override string ToString() => System.Text.Encoding.UTF8.GetString(Bytes);
}
