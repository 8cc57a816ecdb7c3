using Cortex.Cli.Console;
using Cortex.Core.Api;
using Spectre.Console;

namespace Cortex.Operator.Tests.Console;

public sealed class StatusTextTests
{
    [Fact]
    public void A_ready_cluster_shows_instances_receipt_certificates_and_endpoint()
    {
        Assert.Equal(
            """
            cortex in namespace default: Ready, primary cortex-s1, PostgreSQL 17.6

            INSTANCE   ROLE     STATE      TIMELINE  LAG  ADDRESS
            cortex-pr  Standby  Streaming  2         0 B  127.0.0.1:5432
            cortex-s1  Primary  Running    2         -    127.0.0.1:5433

            Last promotion, 5 min ago: cortex-pr -> cortex-s1 (Failover): old primary stopped after 90 ms, promoted after 210 ms, writable after 260 ms, what was lost is not known yet

            CERTIFICATE  ENDS               IN
            cortex-ca    2026-05-30 12:00Z  90 days

            Read and write: psql "$(./cortex dsn cortex)"
            Endpoint:       host=127.0.0.1,127.0.0.1 port=5432,5433 dbname=app
            """,
            Text(Samples.Cluster(Samples.Ready())));
    }

    [Fact]
    public void A_degraded_cluster_shows_the_conditions_that_are_not_as_they_should_be()
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
            Instances = [new() { Name = "cortex-s1", Role = "Unknown", State = InstanceStates.Joining, Progress = "1.2 of 3.4 GB copied", Address = "127.0.0.1:5433" }],
        };

        Assert.Equal(
            """
            cortex in namespace default: Degraded, primary cortex-pr

            INSTANCE   ROLE     STATE                          TIMELINE  LAG  ADDRESS
            cortex-s1  Unknown  Joining, 1.2 of 3.4 GB copied  -         -    127.0.0.1:5433
            """,
            Text(Samples.Cluster(status)));
    }

    [Fact]
    public void A_cluster_that_nobody_looked_at_says_so()
    {
        Assert.Equal(
            "cortex in namespace default: unknown, no primary yet\nThe operator has not yet dealt with the latest change of the resource.",
            Text(Samples.Cluster()));
    }

    [Fact]
    public void Several_clusters_are_a_line_each()
    {
        Assert.Equal(
            ["NAMESPACE  NAME    PRIMARY    READY  PHASE    LAG", "default    cortex  cortex-s1  2/2    Ready    0 B", "default    cortex  -          -      unknown  -"],
            StatusText.List([Samples.Cluster(Samples.Ready()), Samples.Cluster()]).Select(line => line.RemoveMarkup()));
    }

    [Fact]
    public void Readiness_of_an_earlier_generation_does_not_count()
    {
        var stale = Samples.Ready() with { Conditions = [Samples.Condition(ConditionTypes.Ready, "True", Reasons.AsDesired, generation: 1)] };

        Assert.True(StatusText.IsReady(Samples.Cluster(Samples.Ready())));
        Assert.False(StatusText.IsReady(Samples.Cluster(stale)));
    }

    private static string Text(CortexCluster cluster) => string.Join('\n', StatusText.Of(cluster, Samples.Noon, "./cortex").Select(line => line.RemoveMarkup()));
}
