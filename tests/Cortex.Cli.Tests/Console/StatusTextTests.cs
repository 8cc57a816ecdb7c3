using Cortex.Cli.Console;
using Cortex.Core.Api;
using Spectre.Console;

namespace Cortex.Cli.Tests.Console;

public sealed class StatusTextTests
{
    [Fact]
    public void A_ready_cluster_shows_instances_receipt_certificates_and_endpoint()
    {
        const string receipt = "cortex-pr -> cortex-s1 (Failover): old primary stopped after 90 ms, promoted after 210 ms, "
            + "writable after 260 ms, the loss is not known yet";

        Assert.Equal(
            $"""
            cortex in namespace default: Ready, primary cortex-s1, PostgreSQL 17.6

            INSTANCE   ROLE     STATE      TIMELINE  LAG  ADDRESS
            cortex-pr  Standby  Streaming  2         0 B  127.0.0.1:5432
            cortex-s1  Primary  Running    2         -    127.0.0.1:5433

            Last promotion, 5 min ago: {receipt}

            CERTIFICATE  EXPIRES            IN
            cortex-ca    2026-05-30 12:00Z  90 days

            Read and write: psql "$(./cortex dsn cortex)"
            Endpoint:       host=127.0.0.1,127.0.0.1 port=5432,5433 dbname=app
            """,
            Text(Samples.Cluster(Samples.Ready())));
    }

    [Fact]
    public void The_next_scheduled_backup_is_shown_with_its_type()
    {
        var status = Samples.Ready() with
        {
            Backup = new()
            {
                Schedule = new()
                {
                    Request = "Full 0 2 * * 0, UTC",
                    HandledUntil = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero),
                    Next = new(2026, 3, 8, 2, 0, 0, TimeSpan.Zero),
                    NextType = "Full",
                },
            },
        };

        Assert.Contains(
            "Recoverable: nothing, there is no backup yet\nNext scheduled backup: 2026-03-08 02:00:00Z (Full)\n",
            Text(Samples.Cluster(status)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_degraded_cluster_shows_the_conditions_that_report_problems()
    {
        var status = new ClusterStatus
        {
            ObservedGeneration = 2,
            Phase = Phases.Degraded,
            Primary = "cortex-pr",
            Conditions =
            [
                Samples.Condition(ConditionTypes.Ready, "False", Reasons.PrimaryUnreachable, "the primary cortex-pr does not answer"),
                Samples.Condition(ConditionTypes.Secure, "True", Reasons.CertificatesInForce),
                Samples.Condition(ConditionTypes.PromotionBlocked, "True", Reasons.TargetUnreachable, "cortex-s1 does not answer [yet]"),
            ],
        };

        Assert.Equal(
            """
            cortex in namespace default: Degraded, primary cortex-pr

            Ready=False            PrimaryUnreachable  the primary cortex-pr does not answer
            PromotionBlocked=True  TargetUnreachable   cortex-s1 does not answer [yet]
            """,
            Text(Samples.Cluster(status)));
    }

    [Fact]
    public void A_standby_that_is_being_copied_shows_how_far_that_has_come()
    {
        var status = new ClusterStatus
        {
            ObservedGeneration = 2,
            Phase = Phases.Degraded,
            Primary = "cortex-pr",
            Instances =
            [
                new()
                {
                    Name = "cortex-s1",
                    Role = "Unknown",
                    State = InstanceStates.Joining,
                    Progress = "1.2 of 3.4 GB copied",
                    Address = "127.0.0.1:5433",
                },
            ],
        };

        Assert.Equal(
            """
            cortex in namespace default: Degraded, primary cortex-pr

            INSTANCE   ROLE     STATE                          TIMELINE  LAG  ADDRESS
            cortex-s1  Unknown  Joining, 1.2 of 3.4 GB copied  -         -    127.0.0.1:5433
            """,
            Text(Samples.Cluster(status)));
    }

    [Theory]
    [InlineData(
        VerificationVerdicts.Succeeded,
        null,
        "Restore test: L was restored and started 6 hours ago, took 41 s; not archived yet: 3 transactions of the last 30 s; "
            + "331 indexes are sound")]
    [InlineData(VerificationVerdicts.Failed, "[026]: a checksum", "Restore test: L failed 6 hours ago: [026]: a checksum")]
    [InlineData(VerificationVerdicts.Skipped, "no room", "Restore test: L was not tested 6 hours ago: no room")]
    public void The_last_restore_test_and_the_one_in_progress_are_shown(string verdict, string? message, string line)
    {
        var backup = new BackupStatus
        {
            Verification = new()
            {
                HandledUntil = Samples.Noon, StartedAt = Samples.Noon.AddSeconds(-9), Backup = "M", Next = Samples.Noon,
            },
            LastVerification = new()
            {
                Verdict = verdict, Backup = "L", StartedAt = Samples.Noon.AddHours(-6), DurationSeconds = 41, Message = message,
                MissingTransactions = 3, MissingSeconds = 30, CheckedIndexes = 331,
            },
        };

        var lines = StatusText.Of(Samples.Cluster(Samples.Ready() with { Backup = backup }), Samples.Noon, "./cortex")
            .Select(name => name.RemoveMarkup()).ToList();

        Assert.Contains(line, lines);
        Assert.Contains("Restore test in progress for 9 s: M", lines);
        Assert.Contains(lines, name => name.StartsWith("Next restore test: ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_cluster_that_was_never_reconciled_is_shown_as_unknown()
    {
        Assert.Equal(
            "cortex in namespace default: unknown, no primary yet\nThe operator has not processed the latest change of the resource yet.",
            Text(Samples.Cluster()));
    }

    [Fact]
    public void Several_clusters_are_shown_as_one_line_each()
    {
        Assert.Equal(
            [
                "NAMESPACE  NAME    PRIMARY    READY  PHASE    LAG",
                "default    cortex  cortex-s1  2/2    Ready    0 B",
                "default    cortex  -          -      unknown  -",
            ],
            StatusText.List([Samples.Cluster(Samples.Ready()), Samples.Cluster()]).Select(line => line.RemoveMarkup()));
    }

    [Fact]
    public void Readiness_of_an_earlier_generation_does_not_count()
    {
        var stale =
            Samples.Ready() with { Conditions = [Samples.Condition(ConditionTypes.Ready, "True", Reasons.AsDesired, generation: 1)] };

        Assert.True(StatusText.IsReady(Samples.Cluster(Samples.Ready())));
        Assert.False(StatusText.IsReady(Samples.Cluster(stale)));
    }

    private static string Text(CortexCluster cluster) =>
        string.Join('\n', StatusText.Of(cluster, Samples.Noon, "./cortex").Select(line => line.RemoveMarkup()));
}
