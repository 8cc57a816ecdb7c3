using System.Text.RegularExpressions;
using Cortex.Core.Api;
using Cortex.Core.Backup;
using Cortex.Core.Naming;
using Cortex.Core.Planning.Policies.Objects;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning;

/// <summary>What is said of a resource before it is stored.</summary>
/// <param name="Refused">Why it may not be stored; empty where it may.</param>
/// <param name="Remarks">What its user should know all the same, a sentence each.</param>
public sealed record Judgement(IReadOnlyList<FieldRefusal> Refused, IReadOnlyList<string> Remarks)
{
    public static readonly Judgement Granted = new([], []);
}

/// <summary>
/// Whether one version of a resource may take the place of another, by the planner's own rules. What was wrong before may stay wrong: whoever mends one field of two, or
/// runs into a rule that a newer operator brought along, is not held up.
/// </summary>
public static partial class Admission
{
    /// <param name="before">Null where the resource is new.</param>
    public static Judgement Judge(CortexCluster? before, CortexCluster after)
    {
        var standing = before is null ? [] : Problems(before).GroupBy(Identity).ToDictionary(same => same.Key, same => same.Count());
        List<FieldRefusal> refused = [];
        List<string> remarks = [];
        foreach (var problem in Problems(after))
        {
            var identity = Identity(problem);
            if (standing.TryGetValue(identity, out var left) && left > 0)
            {
                standing[identity] = left - 1;
                remarks.Add($"{problem}; it was so before, and until it is corrected the operator changes nothing");
            }
            else
            {
                refused.Add(problem);
            }
        }

        return new Judgement(refused, [.. remarks, .. Shrinking(before?.Spec.Storage.Size, after.Spec.Storage.Size), .. Meaningless.OnKubernetes(after.Spec)]);
    }

    /// <summary>Not refused: a size that no class and no quota allows can be taken back.</summary>
    private static IEnumerable<string> Shrinking(string? before, string after) =>
        before is not null && Quantity.IsSize(before) && Quantity.IsSize(after) && VolumeChecks.IsLess(after, before)
            ? [$"spec.storage.size: none can shrink, so volumes that have {before} keep it; those made from now on get {after}"]
            : [];

    /// <summary>The second part counts instances, so it waits until their number is a sensible one.</summary>
    private static List<FieldRefusal> Problems(CortexCluster cluster)
    {
        List<FieldRefusal> problems = [.. Validity.Of(cluster), .. BackupRules.OnKubernetes(cluster)];
        return cluster.Spec.Instances is < 1 or > Membership.MostInstances ? problems : [.. problems, .. PrimaryWishes.Of(cluster)];
    }

    /// <summary>A line that moves up because another was taken out is the same line.</summary>
    private static (string Path, string Reason) Identity(FieldRefusal problem) => (Index().Replace(problem.Path, "[]"), problem.Reason);

    [GeneratedRegex(@"\[[0-9]+\]", RegexOptions.CultureInvariant)]
    private static partial Regex Index();
}
