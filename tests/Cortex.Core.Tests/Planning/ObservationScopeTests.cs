using Cortex.Core.Api;
using Cortex.Core.Planning;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

/// <summary>Which instances an observation asks, and for what.</summary>
public sealed class ObservationScopeTests
{
    [Fact]
    public void A_sound_cluster_is_asked_for_its_database_and_for_nothing_of_silent_instances()
    {
        var scope = Scope(Cluster(null, Led()), Sound());

        Assert.Equal(Pr, scope.DatabaseServer);
        Assert.Empty(scope.CertificatesShown.Concat(scope.Logs).Concat(scope.ControlFiles).Concat(scope.DataDirectories));
    }

    [Fact]
    public void Of_a_silent_instance_the_certificate_the_log_and_of_a_standby_the_control_file_are_read()
    {
        var scope = Scope(Cluster(null, Led()), Sound().WithPostgres(Pr, null).WithPostgres(S1, null));

        Assert.Equal([Pr, S1], scope.CertificatesShown);
        Assert.Equal([Pr, S1], scope.Logs);
        Assert.Equal([S1], scope.ControlFiles);
        Assert.Null(scope.DatabaseServer);
    }

    [Fact]
    public void A_stopped_instance_shows_no_certificate_and_one_that_was_never_started_has_no_log()
    {
        var seen = Sound(3).WithPod(S1, Pod(S1, PodState.Exited)).WithPod(S2, Pod(S2, PodState.Created))
            .WithPostgres(S1, null).WithPostgres(S2, null);
        var scope = Scope(Cluster(new() { Instances = 3 }, Led()), seen);

        Assert.Empty(scope.CertificatesShown);
        Assert.Equal([S1], scope.Logs);
    }

    [Fact]
    public void While_a_promotion_is_asked_for_only_what_it_needs_is_read()
    {
        var silent = Sound().WithPostgres(Pr, null);
        var asked = Scope(Cluster(new() { Promote = S1 }, Led()), silent);
        var begun = Scope(Cluster(new() { Promote = S1 }, Decisions.Begin(Led(), new(Pr, S1, PromotionKind.Failover), Now)), silent);

        Assert.Empty(asked.CertificatesShown.Concat(asked.Logs).Concat(asked.ControlFiles));
        Assert.Empty(begun.CertificatesShown.Concat(begun.Logs));
        Assert.Equal([Pr], begun.ControlFiles);
    }

    /// <summary>The field still says <c>any</c> then. Why the primary ended later is as interesting as without it.</summary>
    [Theory]
    [InlineData(null, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public void A_promotion_of_any_instance_that_was_answered_is_asked_for_no_longer(int? settled, bool isRead)
    {
        var silent = Sound().WithPostgres(Pr, null);
        var scope = Scope(Cluster(new() { Promote = ClusterSpec.PromoteAny }, Led() with { AnySettled = settled }), silent);

        Assert.Equal(isRead ? [Pr] : [], scope.Logs);
        Assert.Equal(isRead ? [Pr] : [], scope.CertificatesShown);
        Assert.Equal(isRead, scope.MayReadRepository);
    }

    [Fact]
    public void Data_at_rest_are_looked_into_only_while_no_primary_is_decided()
    {
        var left = Sound().WithPod(S1, null).WithPostgres(S1, null);

        Assert.Equal([S1], Scope(Cluster(), left).DataDirectories);
        Assert.Empty(Scope(Cluster(null, Led()), left).DataDirectories);
    }

    [Fact]
    public void The_deletion_of_a_cluster_does_not_wait_for_its_data_to_be_read()
    {
        var cluster = Cluster();
        cluster.Metadata.DeletionTimestamp = Now.UtcDateTime;

        Assert.Empty(Scope(cluster, Sound().WithPod(S1, null).WithPostgres(S1, null)).DataDirectories);
    }

    private static ObservationScope Scope(CortexCluster cluster, Observation seen) => new(cluster, seen.Inventory, seen.Postgres);
}
