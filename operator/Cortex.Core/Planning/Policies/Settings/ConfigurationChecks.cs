using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning.Policies.Settings;

/// <summary>Known reasons against writing a configuration.</summary>
internal static class ConfigurationChecks
{
    /// <summary>
    /// A configuration that PostgreSQL refuses is not written: the old one stays in force, and a restart uses it. Null where nothing is
    /// refused.
    /// </summary>
    public static Verdict? WhyNot(Situation now) =>
        now.Seen.RefusedConfiguration.Concat(Prepared(now)).ToList() is { Count: > 0 } refused
            ? Verdict.Refuse(Reasons.ConfigurationRefused, string.Join("; ", refused))
            : null;

    /// <summary>
    /// Only the primary can tell this, and neither a server on an empty database nor a standby: it would not start with room for fewer
    /// transactions than are prepared.
    /// </summary>
    private static IEnumerable<FieldRefusal> Prepared(Situation now)
    {
        const string limit = "max_prepared_transactions";
        if (now.Seen.Answer(now.Status.Primary) is { PreparedTransactions: var count }
            && StandbyLimits.Wanted(limit, now.Spec.Postgres.Parameters, now.ServerParameters.LimitDefaults) is { } wanted
            && wanted < count)
        {
            yield return new FieldRefusal(
                $"{ParameterRules.FieldPath}.{limit}",
                $"\"{wanted}\": {count} transactions are prepared on {now.Status.Primary}, which would not start again with less",
                "end them with COMMIT PREPARED or ROLLBACK PREPARED, see pg_prepared_xacts");
        }
    }
}
