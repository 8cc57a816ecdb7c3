using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Pki;
using Cortex.Core.Planning.Policies.Instances;
using Cortex.Core.Planning.Policies.Objects;
using Cortex.Core.Postgres;

namespace Cortex.Core.Planning;

/// <summary>The conditions of a cluster. The time of a condition changes only when its status does.</summary>
internal static class ConditionReport
{
    /// <summary>Room for more than ten problems in full; Kubernetes allows 32768 characters in a condition.</summary>
    private const int LongestMessage = 8000;

    public static IReadOnlyList<Condition> Build(ReportFacts facts) =>
        [.. All(facts).Select(condition => Dated(condition, facts))];

    /// <summary>
    /// The target could not be asked: what was observed last may or may not still be true. Conditions that repeat a record in the status,
    /// such as those of backups, or say what the last plan decided, stay. So do warnings: of slots that a promotion loses, and of a volume
    /// that is almost full.
    /// </summary>
    public static IReadOnlyList<Condition> NotObserved(CortexCluster cluster, string why, DateTimeOffset now)
    {
        var before = cluster.Status?.Conditions ?? [];
        List<Condition> unknown =
        [
            .. new[] { ConditionTypes.Ready, ConditionTypes.Replicating, ConditionTypes.Secure }
                .Concat(cluster.Spec.Replication.Mode == ReplicationMode.Synchronous ? [ConditionTypes.Synchronous] : [])
                .Concat(cluster.Spec.Backup is not null ? [ConditionTypes.Archiving] : [])
                .Select(type => New(type, "Unknown", Reasons.NotObserved, "the cluster cannot be observed")),
            New(ConditionTypes.Progressing, "True", Reasons.ActionFailed, why),
        ];
        var kept = before.Where(condition => unknown.All(other => other.Type != condition.Type));
        return [.. unknown.Select(condition => Dated(condition, cluster, now, done: false)), .. kept];
    }

    private static IEnumerable<Condition> All(ReportFacts facts)
    {
        yield return Ready(facts);
        yield return Replicating(facts);
        if (facts.Now.Spec.Replication.Mode == ReplicationMode.Synchronous)
        {
            yield return New(ConditionTypes.Synchronous, SynchronyReport.Of(facts));
        }

        if (SlotReport.Of(facts) is { } slots)
        {
            yield return New(ConditionTypes.SlotsFollow, slots);
        }

        if (ArchiveReport.Condition(facts.Now) is { } archiving)
        {
            yield return New(ConditionTypes.Archiving, archiving);
        }

        if (ArchiveReport.Gap(facts.Now) is { } gap)
        {
            yield return New(ConditionTypes.ArchiveGap, gap);
        }

        if (ScheduleReport.Condition(facts.Now) is { } schedule)
        {
            yield return New(ConditionTypes.BackupsScheduled, schedule);
        }

        if (VerificationReport.Condition(facts.Now) is { } verified)
        {
            yield return New(ConditionTypes.BackupVerified, verified);
        }

        if (DiskReport.Condition(facts.Instances) is { } disk)
        {
            yield return New(ConditionTypes.DiskFull, disk);
        }

        yield return Secure(facts);
        yield return Progressing(facts);
        yield return facts.Plan.PromotionBlocked is { } no
            ? New(ConditionTypes.PromotionBlocked, "True", no.Reason, no.Message)
            : New(ConditionTypes.PromotionBlocked, "False", Reasons.NothingRequested, "no promotion is blocked");
    }

    private static Condition Ready(ReportFacts facts)
    {
        if (facts.Plan.Refusal is { } no)
        {
            return NotReady(no.Reason, no.Message);
        }

        if (facts.Unloadable is { Length: > 0 } lines)
        {
            return NotReady(Reasons.ConfigurationRefused, $"PostgreSQL would not start again with these configuration lines: {lines}");
        }

        if (facts.Untried is { Length: > 0 } untried)
        {
            return NotReady(
                Reasons.SettingUntried,
                "ALTER SYSTEM changed settings that take effect only after a restart and were not tested, "
                    + $"so the server may not start again; undo this and use spec.postgres.parameters: {untried}");
        }

        if (facts.AllReady)
        {
            var following = $"{facts.Standbys.Count} standby instances follow";
            return New(ConditionTypes.Ready, "True", Reasons.AsDesired, $"{facts.Now.Status.Primary} accepts writes and {following}");
        }

        if (!facts.PrimaryWrites && facts.Now.ShowsAnother(facts.Now.Status.Primary))
        {
            return NotReady(Reasons.CertificatesNotLoaded, ServingChecks.NotLoaded(facts.Now, facts.Now.Status.Primary!));
        }

        if (!facts.PrimaryWrites)
        {
            return WithoutPrimary(facts);
        }

        if (facts.Now.DatabaseIsGone)
        {
            var (name, owner) = (facts.Now.Spec.Database.Name, facts.Now.Spec.Database.Owner);
            return NotReady(
                Reasons.DatabaseMissing,
                $"the database {name} was dropped; restore it, or create an empty one: CREATE DATABASE {name} OWNER {owner}. "
                    + "The operator creates none in its place, because that would hide the loss");
        }

        if (facts.Now.Seen is { LoginObstacle: not LoginObstacle.None and var obstacle })
        {
            var (database, role) = (facts.Now.Spec.Database.Name, facts.Now.Spec.Database.Owner);
            return NotReady(Reasons.ApplicationLockedOut, LoginObstacles.Text(obstacle, database, role));
        }

        var withoutCopy = facts.NotStreaming.Select(standby => (Name: standby, Why: RejoinPlan.WhyNoCopy(facts.Now, standby)));
        if (withoutCopy.FirstOrDefault(entry => entry.Why is not null) is { Name: { } waiting, Why: { } why })
        {
            return NotReady(Reasons.TablespacesInTheWay, $"{waiting}: {why}");
        }

        return NotReady(Reasons.InstancesMissing, facts.NotStreaming.Count > 0
            ? $"{facts.ReadyInstances} of {facts.Now.Spec.Instances} instances ready; "
                + $"waiting for {States(facts)}{Cause(facts, facts.NotStreaming)}"
            : "the application's database is being created");
    }

    private static Condition NotReady(string reason, string message) => New(ConditionTypes.Ready, "False", reason, message);

    private static Condition WithoutPrimary(ReportFacts facts)
    {
        var isNew = facts.Now.Status is { SystemIdentifier: null } or { Primary: null };
        var cause = Cause(facts, isNew ? [.. facts.Now.Members.Take(1)] : [facts.Now.Status.Primary!]);
        return isNew
            ? NotReady(Reasons.Creating, $"the primary is being created{cause}")
            : NotReady(Reasons.PrimaryUnreachable, $"{ServingChecks.Silent(facts.Now.Status.Primary!)}{cause}");
    }

    private static Condition Replicating(ReportFacts facts) => facts switch
    {
        { Standbys.Count: 0 } => New(ConditionTypes.Replicating, "False", Reasons.NoStandby, "spec.instances is 1: there is no standby"),
        { PrimaryWrites: false } => New(ConditionTypes.Replicating, "Unknown", Reasons.PrimaryUnreachable, "the primary does not answer"),
        { NotStreaming.Count: 0 } => New(ConditionTypes.Replicating, "True", Reasons.Streaming, "every standby streams"),
        _ => New(ConditionTypes.Replicating, "False", Reasons.NotStreaming, $"not streaming: {States(facts)}"),
    };

    private static Condition Secure(ReportFacts facts)
    {
        if (Validity.Of(facts.Now.Cluster).Count > 0)
        {
            return New(
                ConditionTypes.Secure, "Unknown", Reasons.InvalidSpec, "the spec is invalid, so the required certificates are unknown");
        }

        var wanted = ClusterCertificates.Secrets(facts.Now.Seen.Cluster, facts.Now.Spec, facts.Now.Status.Primary);
        var missing = wanted
            .Where(name => !facts.Now.Seen.Certificates.TryGetValue(name, out var present) || present.NotAfter <= facts.Now.Now)
            .ToList();
        if (missing.Count > 0)
        {
            var names = string.Join(", ", missing);
            return New(ConditionTypes.Secure, "False", Reasons.CertificatesMissing, $"missing or expired certificates: {names}");
        }

        var behind = facts.Now.Members.Where(facts.Now.ShowsAnother).ToList();
        if (behind.Count > 0)
        {
            var stale = string.Join(", ", behind.Select(Names.ServerCertificate));
            return New(ConditionTypes.Secure, "False", Reasons.CertificatesNotLoaded, $"issued, and not yet loaded: {stale}");
        }

        // An answer is proof: it came over a connection on which the present authority verified the server.
        var unseen = facts.Now.Seen.Inventory.Pods
            .Where(pod => !pod.IsAtRest && facts.Now.Members.Contains(pod.Instance) && facts.Now.Seen.Answer(pod.Instance) is null)
            .Select(pod => pod.Instance).Where(instance => !facts.Now.Seen.Shown.ContainsKey(instance)).ToList();
        if (unseen.Count > 0)
        {
            var unread = string.Join(", ", unseen);
            return New(
                ConditionTypes.Secure, "Unknown", Reasons.NotObserved, $"the certificates of these instances could not be read: {unread}");
        }

        var open = facts.Now.Seen.Postgres.Where(pair => !pair.Value.OnlyTls).Select(pair => pair.Key).ToList();
        return open.Count == 0
            ? New(
                ConditionTypes.Secure, "True", Reasons.CertificatesInForce, "every certificate is in force and every connection is TLS 1.3")
            : New(ConditionTypes.Secure, "False", Reasons.Conflict, $"connections without TLS were seen on {string.Join(", ", open)}");
    }

    private static Condition Progressing(ReportFacts facts) => facts switch
    {
        { Outcome.Failure: { } why } => New(ConditionTypes.Progressing, "True", Reasons.ActionFailed, why),
        { Outcome.Doing: { } doing } => New(ConditionTypes.Progressing, "True", Reasons.Working, doing),
        { Plan.Holds: [var hold, ..] } => New(ConditionTypes.Progressing, "True", Reasons.Working, $"{hold.Policy}: {hold.Why}"),
        _ when VolumeChecks.WhySmall(facts.Now) is { } small => New(ConditionTypes.Progressing, "True", Reasons.ActionFailed, small),
        _ => New(ConditionTypes.Progressing, "False", Reasons.Idle, "nothing to do"),
    };

    private static string States(ReportFacts facts) =>
        string.Join(", ", facts.NotStreaming.Select(name => $"{name} ({facts.Instances.First(seen => seen.Name == name).State})"));

    /// <summary>
    /// Why an instance is not ready: the error of the last step, in the words of Podman, the kubelet or the server; else what is known
    /// about the instances.
    /// </summary>
    private static string Cause(ReportFacts facts, IReadOnlyList<string> instances) =>
        facts.Outcome.Failure is { } failure ? $"; {failure}" : ServingChecks.Causes(facts.Now, instances);

    private static Condition New(string type, (string Status, string Reason, string Message) content) =>
        New(type, content.Status, content.Reason, content.Message);

    private static Condition New(string type, string status, string reason, string message) =>
        new() { Type = type, Status = status, Reason = reason, Message = QuotedText.Limit(message, LongestMessage) };

    private static Condition Dated(Condition next, ReportFacts facts) => Dated(next, facts.Now.Cluster, facts.Now.Now, facts.IsDone);

    private static Condition Dated(Condition next, CortexCluster cluster, DateTimeOffset now, bool done)
    {
        var before = cluster.Status?.Conditions.FirstOrDefault(condition => condition.Type == next.Type);
        return next with
        {
            LastTransitionTime = before is not null && before.Status == next.Status ? before.LastTransitionTime : now,
            // Clients wait for Ready of the latest generation: it must not be claimed while an edit is still being applied.
            ObservedGeneration = next.Type == ConditionTypes.Ready && !done ? before?.ObservedGeneration : cluster.Metadata.Generation,
        };
    }
}
