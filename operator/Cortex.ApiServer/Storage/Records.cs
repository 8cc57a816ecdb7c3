using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Storage;

/// <summary>
/// Where an object lives. <paramref name="Resource"/> is <c>plural.group</c> (only <c>plural</c> for the core group);
/// <paramref name="Namespace"/> is empty for cluster-wide ones.
/// </summary>
internal sealed record ObjectKey(string Resource, string Namespace, string Name);

/// <summary>An object as written at <paramref name="Revision"/>; the same number is its <c>metadata.resourceVersion</c>.</summary>
internal sealed record StoredObject(ObjectKey Key, long Revision, JsonObject Body);

internal enum ChangeKind
{
    Added = 1,
    Modified = 2,
    Deleted = 3,
}

/// <summary>One line of the change log. <paramref name="Body"/> is the object after the change, or its last state for a deletion.</summary>
internal sealed record Change(long Revision, ChangeKind Kind, ObjectKey Key, string Body, string? Previous);

/// <summary>
/// A slice of a listing as it was at <paramref name="Revision"/>. <paramref name="Next"/> is the last key when more follows.
/// </summary>
internal sealed record ListPage(IReadOnlyList<JsonObject> Items, long Revision, ObjectKey? Next);

/// <summary>
/// What to list. Without <paramref name="At"/> the newest state; with <paramref name="After"/> only what sorts behind that key.
/// </summary>
internal sealed record ListQuery(string Resource, string Namespace)
{
    public long? At { get; init; }

    public ObjectKey? After { get; init; }

    public int Limit { get; init; } = int.MaxValue;

    /// <summary>Turns a stored object (in place, it is the caller's own) into an item; null leaves it out.</summary>
    public Func<JsonObject, JsonObject?> Select { get; init; } = static stored => stored;
}
