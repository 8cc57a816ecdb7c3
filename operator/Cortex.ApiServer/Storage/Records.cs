using System.Text.Json.Nodes;

namespace Cortex.ApiServer.Storage;

/// <summary>
/// The key of an object. <paramref name="Resource"/> is <c>plural.group</c> (only <c>plural</c> for the core group);
/// <paramref name="Namespace"/> is empty for a cluster-scoped object.
/// </summary>
internal sealed record ObjectKey(string Resource, string Namespace, string Name);

/// <summary>An object as written at <paramref name="Revision"/>, which is also its <c>metadata.resourceVersion</c>.</summary>
internal sealed record StoredObject(ObjectKey Key, long Revision, JsonObject Body);

internal enum ChangeKind
{
    Added = 1,
    Modified = 2,
    Deleted = 3,
}

/// <summary>
/// One entry of the change log. <paramref name="Body"/> is the object after the change; after a deletion, its last state.
/// </summary>
internal sealed record Change(long Revision, ChangeKind Kind, ObjectKey Key, string Body, string? Previous);

/// <summary>A page of a listing at <paramref name="Revision"/>. <paramref name="Next"/> is the last key when more pages follow.</summary>
internal sealed record ListPage(IReadOnlyList<JsonObject> Items, long Revision, ObjectKey? Next);

/// <summary>What to list: without <paramref name="At"/> the newest state; with <paramref name="After"/> only keys after that key.</summary>
internal sealed record ListQuery(string Resource, string Namespace)
{
    public long? At { get; init; }

    public ObjectKey? After { get; init; }

    public int Limit { get; init; } = int.MaxValue;

    /// <summary>Converts a stored object (in place, it is the caller's own copy) to an item; null leaves it out.</summary>
    public Func<JsonObject, JsonObject?> Select { get; init; } = static stored => stored;
}
