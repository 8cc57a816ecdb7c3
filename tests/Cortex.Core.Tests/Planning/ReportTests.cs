using Cortex.Core.Api;
using Cortex.Core.Planning;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

/// <summary>What users read: phases, conditions, and when they change.</summary>
public sealed partial class ReportTests
{
    private static readonly PassOutcome Fine = new(null, null);
    private const string Unreachable = "the primary cortex-pr does not answer; if this continues, set spec.promote to a standby";

    public static TheoryData<string, string, string> Stories => new()
    {
        { "sound", Phases.Ready, "True AsDesired cortex-pr accepts writes and 1 standby instances follow" },
        { "new", Phases.Creating, "False Creating the primary is being created" },
        { "primary silent", Phases.Degraded, $"False PrimaryUnreachable {Unreachable}" },
        {
            "locked out",
            Phases.Degraded,
            "False CertificatesNotLoaded cortex-pr presents another certificate than the one issued to it, so it cannot be verified; "
                + "it loads the issued one within seconds after it was written; if this continues: podman pod rm --force cortex-pr"
        },
        {
            "altered",
            Phases.Degraded,
            "False SettingUntried ALTER SYSTEM changed settings that take effect only after a restart and were not tested, "
                + "so the server may not start again; undo this and use spec.postgres.parameters: "
                + "cortex-pr: ALTER SYSTEM RESET shared_buffers"
        },
        { "standby silent", Phases.Degraded, "False InstancesMissing 1 of 2 instances ready; waiting for cortex-s1 (Unreachable)" },
        { "no database yet", Phases.Degraded, "False InstancesMissing the application's database is being created" },
        { "nologin", Phases.Degraded, "False ApplicationLockedOut the role app may not log in: ALTER ROLE app LOGIN" },
        {
            "no connect",
            Phases.Degraded,
            "False ApplicationLockedOut the role app may not connect to the database app: GRANT CONNECT ON DATABASE app TO app"
        },
        { "promoting", Phases.Promoting, $"False PrimaryUnreachable {Unreachable}" },
        {
            "invalid",
            Phases.Invalid,
            "False InvalidSpec spec.podman.bindAddress: \"nowhere\" is not an IP address; "
                + "name one IPv4 address of this machine that clients reach, such as 127.0.0.1"
        },
        { "image", Phases.Blocked, "False ImageUnusable spec.image: no" },
        { "deleting", Phases.Deleting, "True AsDesired cortex-pr accepts writes and 1 standby instances follow" },
    };

    /// <summary>Written by another program, or restored in part.</summary>
    [Fact]
    public void A_status_that_has_lost_its_primary_is_reported()
    {
        var cluster = Cluster(null, Led() with { Primary = null });
        var seen = Sound() with { Postgres = new Dictionary<string, PostgresSeen>() };

        var ready = StatusReport.Build(new Situation(cluster, seen, Now), Plan(cluster, seen), new PassOutcome(null, null))
            .Conditions.Single(condition => condition.Type == ConditionTypes.Ready);

        Assert.Equal(("False", Reasons.Creating), (ready.Status, ready.Reason));
    }

    [Theory]
    [MemberData(nameof(Stories))]
    public void Phase_and_readiness_say_what_is(string story, string phase, string ready)
    {
        var status = Report(story);
        var condition = status.Conditions.Single(found => found.Type == ConditionTypes.Ready);

        Assert.Equal((phase, ready), (status.Phase, $"{condition.Status} {condition.Reason} {condition.Message}"));
    }

    [Fact]
    public void What_cannot_be_observed_is_unknown_and_the_decisions_stay()
    {
        var cluster = Cluster(null, Report("sound"));
        var blind = StatusReport.NotObserved(cluster, "Podman did not list pods", Now.AddMinutes(1));
        var ready = blind.Conditions.Single(condition => condition.Type == ConditionTypes.Ready);
        var blocked = blind.Conditions.Single(condition => condition.Type == ConditionTypes.PromotionBlocked);

        Assert.Equal(("Unknown", Reasons.NotObserved, Now.AddMinutes(1)), (ready.Status, ready.Reason, ready.LastTransitionTime));
        Assert.Equal("Podman did not list pods", blind.Conditions.Single(one => one.Type == ConditionTypes.Progressing).Message);
        Assert.Equal("False", blocked.Status);
        Assert.Equal((cluster.Status!.Primary, cluster.Status.Fenced, cluster.Status.Timeline),
            (blind.Primary, blind.Fenced, blind.Timeline));
    }

    /// <summary>An observed condition is unknown without an observation. A record, a decision and a warning stay.</summary>
    [Fact]
    public void Each_condition_is_unknown_or_kept_while_the_cluster_cannot_be_observed()
    {
        var before = typeof(ConditionTypes).GetFields().Select(type => (string)type.GetRawConstantValue()!)
            .Select(type => new Condition { Type = type, Status = "True", Reason = "Before", Message = "before" }).ToList();
        var spec = new ClusterSpec { Replication = new() { Mode = ReplicationMode.Synchronous }, Backup = new() };

        var blind = StatusReport.NotObserved(Cluster(spec, Led() with { Conditions = before }), "", Now).Conditions;

        Assert.Equal(before.Select(condition => condition.Type).Order(), blind.Select(condition => condition.Type).Order());
        Assert.Equal(
            [
                ConditionTypes.Archiving, ConditionTypes.Ready, ConditionTypes.Replicating, ConditionTypes.Secure,
                ConditionTypes.Synchronous,
            ],
            blind.Where(condition => condition.Status == "Unknown").Select(condition => condition.Type).Order(StringComparer.Ordinal));
        Assert.Equal(
            [
                ConditionTypes.ArchiveGap, ConditionTypes.BackupVerified, ConditionTypes.BackupsScheduled, ConditionTypes.DiskFull,
                ConditionTypes.PromotionBlocked, ConditionTypes.SlotsFollow,
            ],
            blind.Where(condition => condition.Reason == "Before").Select(condition => condition.Type).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("sound", ConditionTypes.Replicating, "True", Reasons.Streaming)]
    [InlineData("standby silent", ConditionTypes.Replicating, "False", Reasons.NotStreaming)]
    [InlineData("primary silent", ConditionTypes.Replicating, "Unknown", Reasons.PrimaryUnreachable)]
    [InlineData("sound", ConditionTypes.Secure, "True", Reasons.CertificatesInForce)]
    [InlineData("new", ConditionTypes.Secure, "False", Reasons.CertificatesMissing)]
    [InlineData("plaintext", ConditionTypes.Secure, "False", Reasons.Conflict)]
    [InlineData("locked out", ConditionTypes.Secure, "False", Reasons.CertificatesNotLoaded)]
    [InlineData("primary silent", ConditionTypes.Secure, "Unknown", Reasons.NotObserved)]
    [InlineData("invalid", ConditionTypes.Secure, "Unknown", Reasons.InvalidSpec)]
    [InlineData("sound", ConditionTypes.Progressing, "False", Reasons.Idle)]
    [InlineData("standby silent", ConditionTypes.Progressing, "True", Reasons.Working)]
    [InlineData("sound", ConditionTypes.PromotionBlocked, "False", Reasons.NothingRequested)]
    [InlineData("blocked", ConditionTypes.PromotionBlocked, "True", Reasons.UnknownInstance)]
    public void Conditions_say_what_is(string story, string type, string status, string reason)
    {
        var condition = Report(story).Conditions.Single(found => found.Type == type);

        Assert.Equal((status, reason), (condition.Status, condition.Reason));
        Assert.NotEmpty(condition.Message);
    }

    [Fact]
    public void A_conditions_time_moves_with_its_status_and_not_with_its_words()
    {
        var first = Report("sound");
        var later = Situation(Cluster(null, first), Sound().WithPostgres(S1, null), Now.AddMinutes(1));
        var second = StatusReport.Build(later, Plan(later), Fine);

        Assert.Equal(Now.AddMinutes(1), second.Conditions.Single(condition => condition.Type == ConditionTypes.Ready).LastTransitionTime);
        Assert.Equal(Now, second.Conditions.Single(condition => condition.Type == ConditionTypes.PromotionBlocked).LastTransitionTime);
    }

    /// <summary>The servers run; a promotion would not help.</summary>
    [Fact]
    public void A_server_that_cannot_be_verified_is_not_called_dead_and_no_promotion_is_suggested()
    {
        var plan = Plan(Cluster(null, Led()), LockedOut());

        Assert.Empty(plan.Steps);
        Assert.DoesNotContain("promote", plan.Holds.Single().Why, StringComparison.Ordinal);
        Assert.Contains("cannot be verified", plan.Holds.Single().Why, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_issued_is_in_force_once_each_server_was_seen_with_it()
    {
        var seen = LockedOut().WithPostgres(Pr, Writing(standbys: S1));
        seen = seen with { Shown = seen.Shown.Where(pair => pair.Key == S1).ToDictionary() };
        var now = Situation(Cluster(null, Led()), seen, Now);
        var secure = StatusReport.Build(now, Plan(now.Cluster, seen), Fine).Conditions.Single(one => one.Type == ConditionTypes.Secure);

        Assert.Equal(("False", "issued, and not yet loaded: cortex-s1-server-tls"), (secure.Status, secure.Message));
    }

    [Theory]
    [InlineData(null, null, 3L)]
    [InlineData("clones", null, 2L)]
    [InlineData(null, "it broke", 2L)]
    public void The_generation_counts_as_observed_once_a_pass_ended_without_failure(string? doing, string? failure, long observed)
    {
        var now = Situation(Cluster(null, Led() with { ObservedGeneration = 2 }), Sound(), Now);
        var status = StatusReport.Build(now, Plan(now), new PassOutcome(doing, failure));

        Assert.Equal(observed, status.ObservedGeneration);
    }

    [Theory]
    [InlineData("in force", null, null, 3L)]
    [InlineData("in force", "clones", null, 2L)]
    [InlineData("in force", null, "it broke", 2L)]
    [InlineData("not loaded", null, null, 2L)]
    [InlineData("waits for a restart", null, null, 2L)]
    [InlineData("refused", null, null, 3L)]
    public void Ready_is_about_an_edit_once_that_is_in_force_or_refused(string edit, string? doing, string? failure, long about)
    {
        var before = Report("sound") with { ObservedGeneration = 2 };
        before = before with { Conditions = [.. before.Conditions.Select(condition => condition with { ObservedGeneration = 2 })] };
        var seen = Sound();
        var now = Situation(
            Cluster(new() { PrimaryUpdate = PrimaryUpdate.Restart }, before),
            edit switch
            {
                "in force" => seen,
                "waits for a restart" => seen.WithPostgres(Pr, seen.Postgres[Pr] with { PendingRestart = ["max_connections"] }),
                _ => seen with
                {
                    Postgres = seen.Postgres.ToDictionary(pair => pair.Key, pair => pair.Value with { Revision = "before the edit" }),
                    RefusedConfiguration = edit == "refused" ? [new("spec.postgres.parameters.work_mem", "no")] : [],
                },
            },
            Now);
        var status = StatusReport.Build(now, Plan(now), new PassOutcome(doing, failure));
        var ready = status.Conditions.Single(condition => condition.Type == ConditionTypes.Ready);

        Assert.Equal((edit == "refused" ? "False" : "True", about), (ready.Status, ready.ObservedGeneration));
    }

    [Fact]
    public void A_failure_is_told_as_progress_that_is_not_made()
    {
        var now = Situation(Cluster(null, Led()), Sound(), Now);
        var status = StatusReport.Build(now, Plan(now), new PassOutcome(null, "no space left"));

        var progressing = status.Conditions.Single(condition => condition.Type == ConditionTypes.Progressing);
        Assert.Equal((Reasons.ActionFailed, "no space left"), (progressing.Reason, progressing.Message));
    }

    [Theory]
    [InlineData(false, false, "False OnThePrimaryAlone")]
    [InlineData(true, false, "False OnThePrimaryAlone")]
    [InlineData(true, true, "True OnEveryStandby")]
    public void What_a_promotion_does_to_logical_slots_is_said_before(bool there, bool synced, string said)
    {
        var seen = Sound().WithPostgres(Pr, Writing(standbys: S1) with { LogicalSlots = new Dictionary<string, bool> { ["sub"] = false } })
            .WithPostgres(S1, Following() with { LogicalSlots = there ? new Dictionary<string, bool> { ["sub"] = synced } : [] });
        var cluster = Cluster(null, Led());
        var status = StatusReport.Build(Situation(cluster, seen, Now), Plan(cluster, seen), Fine);
        var condition = status.Conditions.Single(found => found.Type == ConditionTypes.SlotsFollow);

        Assert.Equal(said, $"{condition.Status} {condition.Reason}");
        Assert.True(synced || condition.Message.Contains(": sub. ", StringComparison.Ordinal), condition.Message);
        Assert.DoesNotContain(Report("sound").Conditions, found => found.Type == ConditionTypes.SlotsFollow);
    }

    [Fact]
    public void Reports_of_the_same_world_are_the_same()
    {
        var first = Report("sound");
        var later = Situation(Cluster(null, first), Sound(), Now.AddHours(1));
        var again = StatusReport.Build(later, Plan(Cluster(null, first), Sound()), Fine);

        Assert.Equal(System.Text.Json.JsonSerializer.Serialize(first), System.Text.Json.JsonSerializer.Serialize(again));
    }

    private static ClusterStatus Report(string story)
    {
        var (spec, status, seen) = (new ClusterSpec(), Led(), Sound());
        (spec, status, seen) = story switch
        {
            "new" => (spec, new ClusterStatus(), Nothing()),
            "primary silent" => (spec, status, seen.WithPostgres(Pr, null)),
            "locked out" => (spec, status, LockedOut()),
            "altered" => (spec, status, seen.WithPostgres(Pr, Writing(standbys: S1) with { Overridden = ["shared_buffers"] })),
            "standby silent" => (spec, status, seen.WithPostgres(S1, null)),
            "no database yet" => (spec, status, seen with { ApplicationReady = new(true, false) }),
            "nologin" => (spec, status, seen with { LoginObstacle = LoginObstacle.RoleWithoutLogin }),
            "no connect" => (spec, status, seen with { LoginObstacle = LoginObstacle.ConnectNotGranted }),
            "promoting" => (spec with { Promote = S1 }, status with { Fenced = [Pr], Promotion = Failover() }, seen.WithPostgres(Pr, null)),
            "invalid" => (spec with { Podman = new() { BindAddress = "nowhere" } }, status, seen),
            "image" => (spec, status, (seen with { Image = new(null, "spec.image: no") }).WithPod(S1, null).WithPostgres(S1, null)),
            "plaintext" => (spec, status, seen.WithPostgres(Pr, Writing(standbys: S1) with { OnlyTls = false })),
            "blocked" => (spec with { Promote = "x" }, status, seen),
            _ => (spec, status, seen),
        };
        var cluster = Cluster(spec, status);
        cluster.Metadata.DeletionTimestamp = story == "deleting" ? Now.UtcDateTime : null;
        var now = Situation(cluster, seen, Now);
        return StatusReport.Build(now, Plan(cluster, seen), Fine);
    }

    /// <summary>By a new authority: the servers run with certificates of the old one.</summary>
    private static Observation LockedOut() => Sound().WithPostgres(Pr, null).WithPostgres(S1, null) with
    {
        Shown = new[] { Pr, S1 }.ToDictionary(name => name, one => Sound().Certificates[$"{one}-server-tls"] with { Fingerprint = "OLD" }),
    };

    private static PromotionDecision Failover() => new() { From = Pr, To = S1, Kind = PromotionKind.Failover, RequestedAt = Now };

    private static Situation Situation(CortexCluster cluster, Observation seen, DateTimeOffset now) => new(cluster, seen, now);
}
