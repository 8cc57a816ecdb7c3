using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning.Policies.Backup;

namespace Cortex.Core.Planning.Policies.Lifecycle;

/// <summary>A new resource over what an earlier one left, running or at rest: who is the primary is read from the data, never guessed.</summary>
internal static class Adopt
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Decides only; the pass after it acts. Former primaries are decided upon first: whoever is cut off in between finds no volume that would start as a second one.
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
        if (LookCloser(now, found) is { } first)
        {
            return first;
        }

        if (found.Count == 0)
        {
            return Verdict.Nothing;
        }

        var (primary, refusal) = Elect(now, found);
        return primary is null
            ? Verdict.Refuse(refusal!.Reason, refusal.Message)
            : Verdict.DoAndLook(
            [
                .. found.Where(one => one.Key != primary && !one.Value.IsStandby && !now.IsFenced(one.Key)).Select(one => new Step.DecideFenced(one.Key)),
                // The data were restored as the spec asks, and are not restored again.
                .. RestoreChecks.Request(now) is not null
                    ? [new Step.RecordRestored(found[primary].SystemIdentifier, found[primary].Timeline)]
                    : Array.Empty<Step>(),
                new Step.DecidePrimary(primary),
            ]);
    }

    /// <summary>What is known of the data: at rest from its files, running from the answer.</summary>
    private static Dictionary<string, DataSeen> Evidence(Situation now) => now.Seen.Data
        .Concat(now.Seen.Postgres.Select(one => KeyValuePair.Create(one.Key, new DataSeen(one.Value.SystemIdentifier, one.Value.Timeline, one.Value.InRecovery))))
        .Where(one => Names.IndexOf(now.Name, one.Key) is not null)
        .GroupBy(one => one.Key).ToDictionary(same => same.Key, same => same.Last().Value);

    /// <summary>Data under a pod cannot be looked into: a pod at rest is removed, a silent one may be writing and is waited for.</summary>
    private static Verdict? LookCloser(Situation now, Dictionary<string, DataSeen> found)
    {
        var dark = now.Seen.Inventory.Pods.Where(pod => !found.ContainsKey(pod.Instance)).ToList();
        if (dark.Where(pod => !pod.IsAtRest).Select(pod => pod.Instance).ToList() is { Count: > 0 } silent)
        {
            return Verdict.Wait(Soon, $"who leads is not known: {string.Join(", ", silent)} does not answer; if it is dead, remove its pod: {Remedy.RemovePod(now, silent)}");
        }

        return dark.Count > 0 ? Verdict.DoAndLook([.. dark.Select(pod => new Step.RemovePod(pod.Instance))]) : null;
    }

    /// <summary>The first primary of this resource, or why none can be named. The user's word decides only what the data leave open.</summary>
    private static (string? Primary, Refusal? Refusal) Elect(Situation now, Dictionary<string, DataSeen> found)
    {
        var newest = found.Values.Max(data => data.Timeline);
        var leading = found.Where(one => !one.Value.IsStandby && one.Value.Timeline == newest).Select(one => one.Key).ToList();
        var systems = found.Values.Select(data => data.SystemIdentifier).Distinct().Count();
        if (systems == 1 && leading is [var only])
        {
            return (only, null);
        }

        if (now.Spec.Promote is { Length: > 0 } wish && found.ContainsKey(wish))
        {
            return (wish, null);
        }

        var list = string.Join(", ", found.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => $"{one.Key}: timeline {one.Value.Timeline}{(one.Value.IsStandby ? ", standby" : "")}"));
        return (null, (systems, leading.Count) switch
        {
            ( > 1, _) => new(Reasons.Conflict, $"the volumes hold different database systems ({list}); remove those that do not belong, or name the right one in spec.promote"),
            (_, 0) => new(Reasons.DataMissing, $"the newest data are those of standbys ({list}); name the one to take in spec.promote"),
            _ => new(Reasons.Conflict, $"several volumes may be the primary's ({list}); name the right one in spec.promote"),
        });
    }
}
