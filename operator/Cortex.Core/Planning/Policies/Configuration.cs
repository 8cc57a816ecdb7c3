using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning.Policies;

/// <summary>What PostgreSQL has loaded is compared with what it should have, by the hash that it reports itself.</summary>
internal static class Configuration
{
    /// <summary>
    /// Whoever has a pod and does not answer may be failing over what it was given; a corrected spec must reach it. Each revision is laid once.
    /// </summary>
    public static IReadOnlyList<Step> LaySilent(Situation now) => now.Seen.Image.Facts is null || now.Seen.RefusedConfiguration.Count > 0 ? [] :
    [
        .. now.Seen.Inventory.Pods
            .Select(pod => pod.Instance)
            .Where(one => now.Wanted.Contains(one) && !now.IsFenced(one) && now.Seen.Answer(one) is null)
            .Where(one => now.Seen.WantedRevisions.TryGetValue(one, out var wanted) && now.Seen.LaidRevisions.GetValueOrDefault(one) != wanted)
            .SelectMany(one => Synchrony.Configure(now, one, "it does not answer")),
    ];

    /// <summary>What PostgreSQL refuses is laid nowhere: the old configuration stays in force, and a restart comes up with it. Null where there is nothing to refuse.</summary>
    public static Verdict? WhyNot(Situation now) =>
        now.Seen.RefusedConfiguration.Concat(Prepared(now)).ToList() is { Count: > 0 } refused ? Verdict.Refuse(Reasons.ConfigurationRefused, string.Join("; ", refused)) : null;

    /// <summary>What no server on an empty database and no standby can tell before the primary: it would not start with room for fewer transactions than are prepared.</summary>
    private static IEnumerable<FieldRefusal> Prepared(Situation now)
    {
        const string limit = "max_prepared_transactions";
        if (now.Seen.Answer(now.Status.Primary) is { PreparedTransactions: var count } && StandbyLimits.Wanted(limit, now.Spec.Postgres.Parameters, now.ServerParameters) is { } wanted && wanted < count)
        {
            yield return new FieldRefusal(
                $"{ParameterRules.FieldPath}.{limit}",
                $"\"{wanted}\": {count} transactions are prepared on {now.Status.Primary}, which would not start again with less; end them with COMMIT PREPARED or ROLLBACK PREPARED, see pg_prepared_xacts");
        }
    }

    public static Verdict Load(Situation now)
    {
        var stale = now.Seen.Postgres
            .Where(one => now.Seen.WantedRevisions.TryGetValue(one.Key, out var wanted) && wanted != one.Value.Revision)
            .Select(one => Synchrony.Configure(now, one.Key, "its configuration or certificates changed"))
            .Concat(LaySilent(now) is { Count: > 0 } silent ? [silent] : [])
            .ToList();
        if (stale.Count == 0)
        {
            return Verdict.Nothing;
        }

        return now.WithoutImage ?? WhyNot(now) ?? Verdict.DoAndLook(new Step.Together(stale));
    }
}
