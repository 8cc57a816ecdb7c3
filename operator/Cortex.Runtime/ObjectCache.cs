using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using k8s;
using k8s.Models;

namespace Cortex.Runtime;

/// <summary>
/// The objects of a kind as an <see cref="Informer{T}"/> last saw them. The cache may lag behind the API server. Its objects are shared, so
/// do not change them.
/// </summary>
public sealed class ObjectCache<T> where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly ConcurrentDictionary<ObjectKey, T> items = [];

    public ICollection<ObjectKey> Keys => items.Keys;

    public ICollection<T> Items => items.Values;

    public bool TryGet(ObjectKey key, [MaybeNullWhen(false)] out T item) => items.TryGetValue(key, out item);

    internal void Set(ObjectKey key, T item) => items[key] = item;

    internal bool Remove(ObjectKey key, [MaybeNullWhen(false)] out T last) => items.TryRemove(key, out last);
}
