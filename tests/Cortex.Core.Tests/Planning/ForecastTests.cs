using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Planning.Forecasts;
using Cortex.Core.Postgres;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

/// <summary>What an edit would do, as the planner would do it.</summary>
public sealed class ForecastTests
{
    private static readonly ImageFacts Fifteen = Image with { Id = "sha256:15", PostgresVersion = "15.14", MajorVersion = 15 };
    private static readonly ImageFacts Rebuilt = Image with { Id = "sha256:new" };

    [Fact]
    public void A_parameter_that_needs_a_reload_restarts_no_instance()
    {
        var forecast = Of(With("work_mem", "16MB"));

        Assert.Equal([Pr, S1], forecast.Steps.Cast<Step.Configure>().Select(step => step.Instance).Order());
        Assert.Empty(forecast.Restarts);
    }

    [Fact]
    public void A_parameter_that_needs_a_restart_brings_a_switchover_after_the_standby()
    {
        var forecast = Of(With("max_connections", "200"));

        Assert.Equal([S1, Pr], forecast.Restarts);
        Assert.Equal((1, 0), (forecast.Switchovers, forecast.RestartsInPlace));
        Assert.Equal(new Step.StartPod(Pr), forecast.Steps[^1]);
    }

    [Fact]
    public void By_the_users_word_the_primary_is_restarted_in_place()
    {
        var forecast = Of(With("max_connections", "200") with { PrimaryUpdate = PrimaryUpdate.Restart });

        Assert.Equal([S1, Pr], forecast.Restarts);
        Assert.Equal((0, 1), (forecast.Switchovers, forecast.RestartsInPlace));
    }

    [Fact]
    public void A_smaller_limit_restarts_the_primary_first()
    {
        var forecast = Of(With("max_connections", "50"));

        Assert.Equal([Pr, S1], forecast.Restarts);
        Assert.Contains(new Step.AwaitReplay(S1, Pr), forecast.Steps);
    }

    [Fact]
    public void A_smaller_limit_with_something_else_restarts_a_standby_before_and_after_the_primary()
    {
        var parameters = new Dictionary<string, string> { ["max_connections"] = "50", ["shared_buffers"] = "256MB" };
        var forecast = Of(new() { Postgres = new() { Parameters = parameters } });

        Assert.Equal([S1, Pr, S1], forecast.Restarts);
        Assert.Equal((0, 1), (forecast.Switchovers, forecast.RestartsInPlace));
        Assert.Null(forecast.Refusal);
    }

    [Fact]
    public void A_primary_that_the_spec_names_gets_its_place_back_and_it_ends()
    {
        var forecast = Of(With("shared_buffers", "256MB") with { Promote = Pr });

        Assert.Equal([S1, Pr, S1], forecast.Restarts);
        Assert.Equal(2, forecast.Switchovers);
        Assert.Null(forecast.Refusal);
    }

    [Fact]
    public void Another_image_makes_new_pods_of_all_the_primarys_last()
    {
        var forecast = Of(new ClusterSpec { Image = "other" }, Rebuilt);

        Assert.Equal([S1, Pr], forecast.Steps.OfType<Step.RemovePod>().Select(step => step.Instance));
        Assert.Equal([S1, Pr], forecast.Restarts);
    }

    [Fact]
    public void Another_major_version_is_refused_and_nothing_is_done()
    {
        var forecast = Of(new ClusterSpec { Image = "other" }, Fifteen);

        Assert.Empty(forecast.Steps);
        Assert.Equal(Reasons.MajorVersionChange, forecast.Refusal?.Reason);
    }

    [Fact]
    public void More_instances_are_cloned_and_restart_no_instance()
    {
        var forecast = Of(new ClusterSpec { Instances = 3 });

        Assert.Contains(new Step.Join(S2, Pr), forecast.Steps);
        Assert.Empty(forecast.Restarts);
    }

    [Fact]
    public void Another_database_is_created_and_the_other_changes_of_the_edit_are_done_too()
    {
        var forecast = Of(With("max_connections", "200") with { Database = new() { Name = "other", Owner = "other" } });

        Assert.Single(forecast.Steps.OfType<Step.EnsureDatabase>());
        Assert.Equal([S1, Pr], forecast.Restarts);
        Assert.Equal(1, forecast.Switchovers);
    }

    [Fact]
    public void Values_are_shown_as_they_were_written()
    {
        var edited = new ClusterSpec { Postgres = new() { Hba = ["hostssl \"my db\" größe samenet cert"] } };
        var change = Assert.Single(FieldChange.Between(new ClusterSpec(), edited, Image.Parameters));

        Assert.Equal("""["hostssl \"my db\" größe samenet cert"]""", change.After);
    }

    [Fact]
    public void An_edit_that_leaves_all_as_it_is_does_nothing() =>
        Assert.Empty(Of(new ClusterSpec { DeletionPolicy = DeletionPolicy.Delete }).Steps);

    [Fact]
    public void The_usual_gap_is_the_median_of_what_was_seen_in_switchovers()
    {
        PromotionReceipt Took(long? gap, PromotionKind kind = PromotionKind.Switchover) =>
            new() { From = Pr, To = S1, Kind = kind, RequestedAt = Now, WriteGapMs = gap };

        Assert.Null(Forecast.UsualGap(Led()));
        Assert.Null(Forecast.UsualGap(Led() with { PromotionHistory = [Took(null), Took(9000, PromotionKind.Failover)] }));
        Assert.Equal((300, 3), Forecast.UsualGap(Led() with { PromotionHistory = [Took(900), Took(null), Took(100), Took(300)] }));
    }

    [Theory]
    [InlineData("10Gi", "20Gi", "on Kubernetes, volumes grow")]
    [InlineData("20Gi", "10Gi", "only new volumes; none shrinks")]
    [InlineData("much", "10Gi", "on Kubernetes, volumes grow")]
    public void Another_size_of_volumes_says_whether_they_follow(string before, string after, string effect)
    {
        ClusterSpec Sized(string size) => new() { Storage = new() { Size = size } };

        Assert.Equal(effect, Assert.Single(FieldChange.Between(Sized(before), Sized(after), Image.Parameters)).Effect);
    }

    [Fact]
    public void Fields_that_differ_are_named_with_what_each_needs()
    {
        var before = new ClusterSpec();
        var after = With("work_mem", "16MB") with { Instances = 3, Podman = new() { BasePort = 6000 }, PromoteAllowDataLoss = true };

        Assert.Equal(
            [
                new("spec.instances", "2", "3", "instances"),
                new("spec.podman.basePort", "5432", "6000", "new pods"),
                new("spec.postgres.parameters.work_mem", null, "16MB", "reload"),
                new FieldChange("spec.promoteAllowDataLoss", "false", "true", "no action"),
            ],
            FieldChange.Between(before, after, Image.Parameters));
        Assert.Empty(FieldChange.Between(after, after with { }, Image.Parameters));
    }

    private static ClusterSpec With(string parameter, string value) =>
        new() { Postgres = new() { Parameters = new Dictionary<string, string> { [parameter] = value } } };

    private static Forecast Of(ClusterSpec edited, ImageFacts? after = null) =>
        Forecast.Of(Cluster(null, Led()), edited, Image, after ?? Image, Now);
}
