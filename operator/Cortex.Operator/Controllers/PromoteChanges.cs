using System.Collections.Concurrent;
using Cortex.Core.Api;
using Cortex.Runtime;

namespace Cortex.Operator.Controllers;

/// <summary>
/// When spec.promote of each cluster was last changed, as the watch reported it. A receipt counts from this time, because the promotion may
/// begin later.
/// </summary>
public sealed class PromoteChanges(TimeProvider clock)
{
    private readonly ConcurrentDictionary<ObjectKey, DateTimeOffset> changed = new();

    public void Record(Change<CortexCluster> change)
    {
        if (change.Kind == ChangeKind.Deleted || change.Before?.Metadata.Uid != change.Item.Metadata.Uid)
        {
            // The former value is not known.
            changed.TryRemove(change.Key, out _);
        }

        if (change.Kind == ChangeKind.Modified
            && change.Before is { } before
            && before.Metadata.Uid == change.Item.Metadata.Uid
            && before.Spec.Promote != change.Item.Spec.Promote)
        {
            changed[change.Key] = clock.GetUtcNow();
        }
    }

    public DateTimeOffset? ChangedAt(ObjectKey cluster) => changed.TryGetValue(cluster, out var at) ? at : null;
}
