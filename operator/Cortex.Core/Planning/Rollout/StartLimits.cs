using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning;

/// <summary>
/// A standby starts only if each limit is as large as the primary's was at the point up to which the standby has replayed
/// (https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-ADMIN). A standby that was down while a limit became smaller is
/// started with the old limit; a running one keeps what its primary has in force. So other changes can be tried on a standby before the
/// primary, and a standby that dies can start again. Once the primary has a smaller limit, standbys get it by a restart like any other
/// change.
/// </summary>
public static class StartLimits
{
    /// <summary>The limits that an instance needs to start as a standby; empty for the primary.</summary>
    /// <param name="answers">Of the instances that run.</param>
    /// <param name="control">Of the instances that do not.</param>
    public static IReadOnlyDictionary<string, int> Of(
        ClusterStatus? status,
        string instance,
        IReadOnlyDictionary<string, PostgresSeen> answers,
        IReadOnlyDictionary<string, ControlFile> control)
    {
        if (instance == status?.Primary)
        {
            return new Dictionary<string, int>();
        }

        var leader = answers.GetValueOrDefault(status?.Primary ?? "");
        if (answers.TryGetValue(instance, out var running))
        {
            // While there is no primary, the present limits are enough.
            return (leader ?? running).Limits;
        }

        // A copy that is made now has the primary's present limits.
        var replayed = control.GetValueOrDefault(instance)?.Limits ?? new Dictionary<string, int>();
        return replayed.Concat(leader?.Limits ?? new Dictionary<string, int>())
            .GroupBy(pair => pair.Key, pair => pair.Value).ToDictionary(grouping => grouping.Key, grouping => grouping.Max());
    }
}
