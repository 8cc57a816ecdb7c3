using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning.Policies.Backup;

namespace Cortex.Core.Planning.Policies.Lifecycle;

/// <summary>
/// A new resource over the objects of an earlier one, running or at rest: which instance is the primary is read from the data, never
/// guessed.
/// </summary>
internal static class Adopt
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Only decides; the next pass acts. Former primaries are decided first, so that after an interruption no volume would be started as a
    /// second primary.
    /// </summary>
    public static Verdict Decide(Situation now)
    {
        if (now.Status.Primary is not null || now.Seen.Inventory is { Volumes.Count: 0, Pods.Count: 0 })
        {
            return Verdict.Nothing;
        }

        if (now.WithoutImage is { } without)
        {
            return without;
        }

        var found = Evidence(now);
        if (RevealData(now, found) is { } first)
        {
            return first;
        }

        if (found.Count == 0)
        {
            return Verdict.Nothing;
        }

        var (primary, refusal) = Elect(now, found);
        return primary is null
            ? Verdict.Refuse(refusal!)
            : Verdict.DoAndLook(
            [
                .. found.Where(pair => pair.Key != primary && !pair.Value.IsStandby && !now.IsFenced(pair.Key))
                    .Select(pair => new Step.DecideFenced(pair.Key)),
                // The data were restored as the spec asks, and are not restored again.
                .. RestoreChecks.Request(now) is not null
                    ? [new Step.RecordRestored(found[primary].SystemIdentifier, found[primary].Timeline)]
                    : Array.Empty<Step>(),
                new Step.DecidePrimary(primary),
            ]);
    }

    /// <summary>What is known about the data: at rest from the files, running from the answer.</summary>
    private static Dictionary<string, DataSeen> Evidence(Situation now) => now.Seen.Data
        .Concat(now.Seen.Postgres.Select(pair => KeyValuePair.Create(
            pair.Key, new DataSeen(pair.Value.SystemIdentifier, pair.Value.Timeline, pair.Value.InRecovery))))
        .Where(pair => Names.IndexOf(now.Name, pair.Key) is not null)
        .GroupBy(pair => pair.Key).ToDictionary(same => same.Key, same => same.Last().Value);

    /// <summary>
    /// Data cannot be read while a pod uses their volume. A pod at rest is removed; a silent pod may be writing and is waited for.
    /// </summary>
    private static Verdict? RevealData(Situation now, Dictionary<string, DataSeen> found)
    {
        var unread = now.Seen.Inventory.Pods.Where(pod => !found.ContainsKey(pod.Instance)).ToList();
        if (unread.Where(pod => !pod.IsAtRest).Select(pod => pod.Instance).ToList() is { Count: > 0 } silent)
        {
            return Verdict.Wait(
                PollInterval,
                $"which instance is the primary is not known: {string.Join(", ", silent)} does not answer; "
                    + $"if it is dead, remove its pod: {Remedy.RemovePod(now, silent)}");
        }

        return unread.Count > 0 ? Verdict.DoAndLook([.. unread.Select(pod => new Step.RemovePod(pod.Instance))]) : null;
    }

    /// <summary>
    /// The first primary of this resource, or why none can be named. The user's choice decides only what the data do not.
    /// </summary>
    private static (string? Primary, Refusal? Refusal) Elect(Situation now, Dictionary<string, DataSeen> found)
    {
        var newest = found.Values.Max(data => data.Timeline);
        var leading = found.Where(pair => !pair.Value.IsStandby && pair.Value.Timeline == newest).Select(pair => pair.Key).ToList();
        var systems = found.Values.Select(data => data.SystemIdentifier).Distinct().Count();
        if (systems == 1 && leading is [var only])
        {
            return (only, null);
        }

        if (now.Spec.Promote is { Length: > 0 } requested && found.ContainsKey(requested))
        {
            return (requested, null);
        }

        var list = string.Join(", ", found.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => Text(pair.Key, pair.Value)));
        return (null, (systems, leading.Count) switch
        {
            ( > 1, _) => new(
                Reasons.Conflict,
                $"the volumes hold different database systems ({list})",
                "remove those that do not belong, or name the right one in spec.promote"),
            (_, 0) => new(Reasons.DataMissing, $"the newest data are those of standbys ({list})", "name the one to take in spec.promote"),
            _ => new(Reasons.Conflict, $"several volumes may be the primary's ({list})", "name the right one in spec.promote"),
        });
    }

    private static string Text(string instance, DataSeen data) =>
        $"{instance}: timeline {data.Timeline}{(data.IsStandby ? ", standby" : "")}";
}
