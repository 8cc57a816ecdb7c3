using Cortex.Core.Api;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning;

/// <summary>
/// A standby starts only with as much of each limit as its primary had at the point up to which it has replayed
/// (https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-ADMIN). One that was away while a limit became smaller is started with the old one; once it answers it has
/// replayed the change, and gets the new one by a restart as anybody else does.
/// </summary>
public static class StartLimits
{
    /// <summary>What an instance must have to start as a standby; empty where it leads, or runs.</summary>
    /// <param name="answers">Of those that run.</param>
    /// <param name="control">Of those that do not.</param>
    public static IReadOnlyDictionary<string, int> Of(
        ClusterStatus? status, string instance, IReadOnlyDictionary<string, PostgresSeen> answers, IReadOnlyDictionary<string, ControlFile> control)
    {
        if (instance == status?.Primary || answers.ContainsKey(instance))
        {
            return new Dictionary<string, int>();
        }

        // A copy that is made now has what the primary has now.
        var leader = answers.GetValueOrDefault(status?.Primary ?? "");
        return (control.GetValueOrDefault(instance)?.Limits ?? new Dictionary<string, int>()).Concat(leader?.Limits ?? new Dictionary<string, int>())
            .GroupBy(one => one.Key, one => one.Value).ToDictionary(one => one.Key, one => one.Max());
    }
}
