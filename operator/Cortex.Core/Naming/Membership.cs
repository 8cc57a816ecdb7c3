using Cortex.Core.Api;

namespace Cortex.Core.Naming;

/// <summary>Which instances belong to a cluster, in the order of their names.</summary>
public static class Membership
{
    /// <summary>The most instances that a spec may ask for.</summary>
    public const int MostInstances = 9;

    /// <summary>
    /// More than <see cref="MostInstances"/>: secrets are looked for, and addresses are reserved, for so many. Another version may allow
    /// more instances than this one.
    /// </summary>
    public const int MostInstancesOfAnyVersion = 16;

    /// <summary>The instances that the spec asks for.</summary>
    public static IReadOnlyList<string> Asked(string cluster, ClusterSpec spec) => Names.Instances(cluster, spec.Instances);

    /// <summary>
    /// The instances that the spec asks for, and the primary where the spec asks for fewer: it serves, is followed and stays secured until
    /// another instance is the primary. A primary that is not the name of an instance is left out: another program may have written the
    /// status.
    /// </summary>
    public static IReadOnlyList<string> Members(string cluster, ClusterSpec spec, string? primary)
    {
        var asked = Asked(cluster, spec);
        return primary is not null && Names.IndexOf(cluster, primary) < MostInstances ? [.. asked.Union([primary])] : asked;
    }

    /// <summary>The members by the spec and the status of a resource.</summary>
    public static IReadOnlyList<string> Members(CortexCluster cluster) =>
        Members(cluster.Metadata.Name, cluster.Spec, cluster.Status?.Primary);
}
