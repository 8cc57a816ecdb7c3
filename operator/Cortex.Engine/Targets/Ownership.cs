using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;

namespace Cortex.Engine.Targets;

/// <summary>Whether an object belongs to a cluster.</summary>
internal static class Ownership
{
    /// <exception cref="ForeignObjectException">The object belongs to another owner.</exception>
    public static void Demand(ClusterKey cluster, IReadOnlyDictionary<string, string>? labels, string kind, string name)
    {
        if (Foreign(cluster, labels, kind, name) is { } foreign)
        {
            throw new ForeignObjectException(foreign);
        }
    }

    /// <summary>Null when the object belongs to the cluster.</summary>
    public static ForeignObject? Foreign(ClusterKey cluster, IReadOnlyDictionary<string, string>? labels, string kind, string name) =>
        Labels.Owner(labels) is not { } owner ? new ForeignObject(kind, name, "an owner other than cortex")
        : owner != cluster ? new ForeignObject(kind, name, $"the cluster {owner}")
        : null;
}
