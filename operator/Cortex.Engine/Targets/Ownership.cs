using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;

namespace Cortex.Engine.Targets;

/// <summary>Whether an object is the cluster's own.</summary>
internal static class Ownership
{
    /// <exception cref="ForeignObjectException">It is not.</exception>
    public static void Demand(ClusterKey cluster, IReadOnlyDictionary<string, string>? labels, string kind, string name)
    {
        if (Foreign(cluster, labels, kind, name) is { } foreign)
        {
            throw new ForeignObjectException(foreign);
        }
    }

    /// <summary>Null when it is.</summary>
    public static ForeignObject? Foreign(ClusterKey cluster, IReadOnlyDictionary<string, string>? labels, string kind, string name) =>
        Labels.Owner(labels) is not { } owner ? new ForeignObject(kind, name, "somebody who is not cortex")
        : owner != cluster ? new ForeignObject(kind, name, $"the cluster {owner}")
        : null;
}
