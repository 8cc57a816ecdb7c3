using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning;

/// <summary>
/// What a spec asks of the primary and cannot have, as the resource alone tells. Unlike what <see cref="Validity"/> finds it holds nothing else up: the planner says so
/// when it comes to it, and admission before the wish is stored.
/// </summary>
public static class PrimaryWishes
{
    /// <summary>Why nobody of the name <paramref name="to"/> can ever be promoted.</summary>
    public static FieldRefusal? UnknownInstance(CortexCluster cluster, string to)
    {
        var instances = Membership.Members(cluster);
        // As long as nobody leads, data that were kept may turn out to be led by an instance beyond those asked for.
        var candidates = cluster.Status?.Primary is null ? Names.Instances(cluster.Metadata.Name, Membership.MostInstances) : instances;
        return candidates.Contains(to)
            ? null
            : new FieldRefusal("spec.promote", $"{to} is no instance of this cluster; it has {string.Join(", ", instances)}");
    }

    /// <summary>Why the instances cannot become so few.</summary>
    public static FieldRefusal? LeftOut(CortexCluster cluster) =>
        Membership.Members(cluster).Count > cluster.Spec.Instances
            ? new FieldRefusal("spec.instances", $"{cluster.Spec.Instances} leaves out the primary {cluster.Status?.Primary}; set spec.promote to another, or ask for more instances")
            : null;

    /// <summary>What cannot come about however long one waits.</summary>
    internal static IEnumerable<FieldRefusal> Of(CortexCluster cluster)
    {
        var promote = cluster.Spec.Promote ?? "";
        var named = promote is not ("" or ClusterSpec.PromoteAny);
        if (named && UnknownInstance(cluster, promote) is { } unknown)
        {
            yield return unknown;
        }
        else if ((promote is "" || promote == cluster.Status?.Primary) && LeftOut(cluster) is { } left)
        {
            yield return left;
        }
    }
}
