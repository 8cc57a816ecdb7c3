using System.Text.RegularExpressions;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning.Policies.Objects;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning;

/// <summary>The answer to an edit before it is stored.</summary>
/// <param name="Refused">Why it may not be stored; empty where it may.</param>
/// <param name="Warnings">What the user should know in addition, a sentence each.</param>
public sealed record AdmissionDecision(IReadOnlyList<FieldRefusal> Refused, IReadOnlyList<string> Warnings)
{
    public static readonly AdmissionDecision Granted = new([], []);
}

/// <summary>
/// Whether one version of a resource may replace another, by the planner's own rules. What was wrong before may stay wrong. So a user can
/// correct one of two fields, and a rule of a newer operator blocks no edit.
/// </summary>
public static partial class Admission
{
    /// <param name="before">Null where the resource is new.</param>
    public static AdmissionDecision Judge(CortexCluster? before, CortexCluster after)
    {
        var known = before is null ? [] : Problems(before).GroupBy(Identity).ToDictionary(same => same.Key, same => same.Count());
        List<FieldRefusal> refused = [];
        List<string> warnings = [];
        foreach (var problem in Problems(after))
        {
            var identity = Identity(problem);
            if (known.TryGetValue(identity, out var left) && left > 0)
            {
                known[identity] = left - 1;
                warnings.Add($"{problem}; it was so before, and the operator changes nothing until it is corrected");
            }
            else
            {
                refused.Add(problem);
            }
        }

        warnings.AddRange(Shrinking(before?.Spec.Storage.Size, after.Spec.Storage.Size));
        warnings.AddRange(IgnoredFields.OnKubernetes(after.Spec));
        return new AdmissionDecision(refused, warnings);
    }

    /// <summary>Not refused, so that a size that no class or quota allows can be reduced again.</summary>
    private static IEnumerable<string> Shrinking(string? before, string after) =>
        VolumeChecks.Shrinks(before, after)
            ? [$"spec.storage.size: volumes cannot shrink: those that have {before} keep it, and new volumes get {after}"]
            : [];

    /// <summary>The second part counts instances, so it is checked only if their number is valid.</summary>
    private static IReadOnlyList<FieldRefusal> Problems(CortexCluster cluster)
    {
        var problems = Validity.Of(cluster);
        return cluster.Spec.Instances is < 1 or > Membership.MostInstances ? problems : [.. problems, .. PrimaryRules.Of(cluster)];
    }

    /// <summary>A line that moves up because another one was removed is the same line.</summary>
    private static (string Path, string Message) Identity(FieldRefusal problem) => (Index().Replace(problem.Path, "[]"), problem.Message);

    [GeneratedRegex(@"\[[0-9]+\]", RegexOptions.CultureInvariant)]
    private static partial Regex Index();
}
