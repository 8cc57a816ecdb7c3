using System.Collections.Concurrent;
using Cortex.Core.Api;

namespace Cortex.Engine.Memory;

/// <summary>
/// Everything that the operator remembers of clusters between passes. All of it may be lost: the operator learns each note again. When a
/// resource is gone, its notes are forgotten here, so that nothing stays in memory (a private key, an open connection) and a new resource
/// of the same name begins without notes.
/// </summary>
public sealed class ClusterMemory
{
    private readonly ConcurrentQueue<IForgets> parts = new();

    /// <summary>How many notes there are, of all clusters.</summary>
    public int Count => parts.Sum(part => part.Count);

    /// <summary>A part of the memory for one purpose.</summary>
    /// <param name="forgotten">What is done with a note that is replaced, removed or forgotten, such as closing a connection.</param>
    public Notes<T> Part<T>(Action<T>? forgotten = null)
    {
        var part = new Notes<T>(forgotten);
        parts.Enqueue(part);
        return part;
    }

    /// <summary>The resource is gone.</summary>
    public void Forget(ClusterKey cluster)
    {
        foreach (var part in parts)
        {
            part.Forget(cluster);
        }
    }
}
