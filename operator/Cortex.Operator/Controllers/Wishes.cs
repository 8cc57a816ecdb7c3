using System.Collections.Concurrent;
using Cortex.Core.Api;
using Cortex.Runtime;

namespace Cortex.Operator.Controllers;

/// <summary>When spec.promote of a cluster was last changed, as the watch heard it: a receipt counts from there, since a wish may have to wait.</summary>
public sealed class Wishes(TimeProvider clock)
{
    private readonly ConcurrentDictionary<ObjectKey, DateTimeOffset> changed = new();

    public void Note(Change<CortexCluster> change)
    {
        if (change.Kind == ChangeKind.Deleted || change.Before?.Metadata.Uid != change.Item.Metadata.Uid)
        {
            // What it was before is not known.
            changed.TryRemove(change.Key, out _);
        }

        if (change.Kind == ChangeKind.Modified && change.Before is { } before && before.Metadata.Uid == change.Item.Metadata.Uid && before.Spec.Promote != change.Item.Spec.Promote)
        {
            changed[change.Key] = clock.GetUtcNow();
        }
    }

    public DateTimeOffset? PromoteChangedAt(ObjectKey cluster) => changed.TryGetValue(cluster, out var at) ? at : null;
}
