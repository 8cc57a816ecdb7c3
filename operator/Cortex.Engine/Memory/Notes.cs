using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Cortex.Core.Api;

namespace Cortex.Engine.Memory;

/// <summary>Notes on clusters, each under a name, such as that of an instance. May be used by several threads.</summary>
public sealed class Notes<T> : IForgets
{
    private readonly ConcurrentDictionary<ClusterKey, ConcurrentDictionary<string, T>> clusters = new();
    private readonly Action<T>? forgotten;

    internal Notes(Action<T>? forgotten) => this.forgotten = forgotten;

    public int Count => clusters.Values.Sum(notes => notes.Count);

    /// <summary>Every note, of all clusters.</summary>
    public IEnumerable<T> All => clusters.Values.SelectMany(notes => notes.Values);

    /// <summary>The notes on one cluster by name, as they are now.</summary>
    public IReadOnlyDictionary<string, T> Of(ClusterKey cluster) =>
        clusters.TryGetValue(cluster, out var notes) ? new Dictionary<string, T>(notes) : new Dictionary<string, T>();

    public bool TryGet(ClusterKey cluster, string name, [MaybeNullWhen(false)] out T note)
    {
        note = default;
        return clusters.TryGetValue(cluster, out var notes) && notes.TryGetValue(name, out note);
    }

    public void Set(ClusterKey cluster, string name, T note)
    {
        var notes = clusters.GetOrAdd(cluster, _ => new ConcurrentDictionary<string, T>());
        notes.AddOrUpdate(
            name,
            _ => note,
            (_, before) =>
            {
                forgotten?.Invoke(before);
                return note;
            });
    }

    /// <summary>Does nothing if the note is no longer <paramref name="before"/>.</summary>
    public void Replace(ClusterKey cluster, string name, T before, T after)
    {
        if (clusters.TryGetValue(cluster, out var notes))
        {
            notes.TryUpdate(name, after, before);
        }
    }

    public T GetOrAdd(ClusterKey cluster, string name, Func<T> make) =>
        clusters.GetOrAdd(cluster, _ => new ConcurrentDictionary<string, T>()).GetOrAdd(name, _ => make());

    public void Remove(ClusterKey cluster, string name)
    {
        if (clusters.TryGetValue(cluster, out var notes) && notes.TryRemove(name, out var note))
        {
            forgotten?.Invoke(note);
        }
    }

    public void Forget(ClusterKey cluster)
    {
        if (clusters.TryRemove(cluster, out var notes) && forgotten is not null)
        {
            foreach (var note in notes.Values)
            {
                forgotten(note);
            }
        }
    }
}

internal interface IForgets
{
    int Count { get; }

    void Forget(ClusterKey cluster);
}
