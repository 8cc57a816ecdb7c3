using Cortex.Core.Api;
using Cortex.Core.Naming;

namespace Cortex.Core.Planning.Policies;

/// <summary>A new resource over volumes of an earlier one: who is the primary is read from the data, never guessed.</summary>
internal static class Adoption
{
    /// <summary>The first primary of this resource, or why none can be named.</summary>
    public static (string? Primary, Refusal? Refusal) Elect(Situation now)
    {
        if (now.Seen.Data.Count == 0)
        {
            return (Names.Instance(now.Name, 0), null);
        }

        if (now.Spec.Promote is { Length: > 0 } wish && now.Seen.Data.ContainsKey(wish))
        {
            return (wish, null);
        }

        if (now.Seen.Data.Values.Select(data => data.SystemIdentifier).Distinct().Count() > 1)
        {
            return (null, new(Reasons.Conflict, $"the volumes hold different database systems ({List(now)}); remove those that do not belong, or name the right one in spec.promote"));
        }

        var leading = now.Seen.Data.Where(one => !one.Value.IsStandby).GroupBy(one => one.Value.Timeline).MaxBy(group => group.Key)?.ToList();
        return leading switch
        {
            { Count: 1 } => (leading[0].Key, null),
            null => (null, new(Reasons.DataMissing, $"there are volumes of standbys only ({List(now)}); name the one to take in spec.promote")),
            _ => (null, new(Reasons.Conflict, $"several volumes may be the primary's ({List(now)}); name the right one in spec.promote")),
        };
    }

    /// <summary>Former primaries among the volumes: started, each would take writes.</summary>
    public static IEnumerable<string> StaleOnes(Situation now, string primary) =>
        now.Seen.Data.Where(one => one.Key != primary && !one.Value.IsStandby).Select(one => one.Key);

    private static string List(Situation now) =>
        string.Join(", ", now.Seen.Data.Select(one => $"{one.Key}: timeline {one.Value.Timeline}{(one.Value.IsStandby ? ", standby" : "")}"));
}
