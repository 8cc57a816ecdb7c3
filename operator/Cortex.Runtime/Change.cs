namespace Cortex.Runtime;

public enum ChangeKind
{
    Added,
    Modified,
    Deleted,
}

/// <summary>What happened to one object between two looks of an informer.</summary>
/// <param name="Item">As it is now; for a deletion, as it was last seen.</param>
/// <param name="Before">As it was; null when it was not known. May be an earlier object of the same name (compare the UIDs).</param>
public readonly record struct Change<T>(ChangeKind Kind, ObjectKey Key, T Item, T? Before) where T : class;
