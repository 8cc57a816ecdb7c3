using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning;

/// <summary>
/// What a spec may ask of the primary, as far as the resource alone shows it. Unlike a problem that <see cref="Validity"/> finds, such a
/// request blocks nothing else: the planner refuses it when it gets there, and admission before it is stored.
/// </summary>
public static class PrimaryRules
{
    /// <summary>Why no instance with the name <paramref name="to"/> can ever be promoted; null where one may.</summary>
    public static FieldRefusal? UnknownInstance(CortexCluster cluster, string to)
    {
        var instances = Membership.Members(cluster);
        // While there is no primary, kept data may turn out to be those of an instance beyond spec.instances.
        var candidates = cluster.Status?.Primary is null ? Names.Instances(cluster.Metadata.Name, Membership.MostInstances) : instances;
        return candidates.Contains(to)
            ? null
            : new FieldRefusal("spec.promote", $"{to} is not an instance of this cluster", $"name one of {string.Join(", ", instances)}");
    }

    /// <summary>Why spec.instances cannot become so small; null where it can.</summary>
    public static FieldRefusal? LeftOut(CortexCluster cluster) =>
        Membership.Members(cluster).Count > cluster.Spec.Instances
            ? new FieldRefusal(
                "spec.instances",
                $"{Count(cluster.Spec.Instances)} would exclude the primary {cluster.Status?.Primary}",
                "set spec.promote to another, or ask for more instances")
            : null;

    /// <summary>Requests that cannot be fulfilled at any later time.</summary>
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

    private static string Count(int instances) => instances == 1 ? "1 instance" : $"{instances} instances";
}
