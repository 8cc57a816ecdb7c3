namespace Cortex.Runtime;

public enum ChangeKind
{
    Added,
    Modified,
    Deleted,
}

/// <summary>A change of one object between two observations by an informer.</summary>
/// <param name="Item">The current state; after a deletion, the last known state.</param>
/// <param name="Before">The previous state; null when the object was not known. It may be an earlier object of the same name (compare the
/// UIDs).</param>
public readonly record struct Change<T>(ChangeKind Kind, ObjectKey Key, T Item, T? Before) where T : class;
