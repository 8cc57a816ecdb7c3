using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning;

/// <summary>
/// A standby starts only with as much of each limit as its primary had at the point up to which it has replayed
/// (https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-ADMIN). One that was away while a limit became smaller is started with the old one; one that runs keeps what its
/// primary has in force. So whatever else is changed can be tried on a standby before the primary, and a standby that dies comes up again. Once the primary has less, standbys get that by a
/// restart as anybody else does.
/// </summary>
public static class StartLimits
{
    /// <summary>What an instance must have to start as a standby; empty where it leads.</summary>
    /// <param name="answers">Of those that run.</param>
    /// <param name="control">Of those that do not.</param>
    public static IReadOnlyDictionary<string, int> Of(
        ClusterStatus? status, string instance, IReadOnlyDictionary<string, PostgresSeen> answers, IReadOnlyDictionary<string, ControlFile> control)
    {
        if (instance == status?.Primary)
        {
            return new Dictionary<string, int>();
        }

        var leader = answers.GetValueOrDefault(status?.Primary ?? "");
        if (answers.TryGetValue(instance, out var running))
        {
            // While nobody leads, what it has is enough.
            return (leader ?? running).Limits;
        }

        // A copy that is made now has what the primary has now.
        return (control.GetValueOrDefault(instance)?.Limits ?? new Dictionary<string, int>()).Concat(leader?.Limits ?? new Dictionary<string, int>())
            .GroupBy(one => one.Key, one => one.Value).ToDictionary(one => one.Key, one => one.Max());
    }
}
