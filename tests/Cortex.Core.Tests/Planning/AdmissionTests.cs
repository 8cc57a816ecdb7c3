using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

/// <summary>What is refused before it is stored: what the planner would refuse, and never what was wrong before.</summary>
public sealed class AdmissionTests
{
    public static TheoryData<string, ClusterSpec> Invalid => RulesTests.Invalid;

    private static ClusterSpec Hba(params string[] lines) => new() { Postgres = new() { Hba = lines } };

    private static IEnumerable<string> Refused(CortexCluster? before, CortexCluster after) =>
        Admission.Judge(before, after).Refused.Select(refusal => refusal.Path);

    [Theory, MemberData(nameof(Invalid))]
    public void What_the_planner_refuses_is_refused_and_in_the_same_words(string path, ClusterSpec spec)
    {
        var decision = Admission.Judge(null, Cluster(spec));

        Assert.Equal(path, Assert.Single(decision.Refused).Path);
        Assert.Equal(Plan(Cluster(spec, Led()), Sound()).Refusal?.Message, FieldRefusal.Summary(decision.Refused));
    }

    [Theory, MemberData(nameof(Invalid))]
    public void What_was_wrong_before_blocks_no_other_edit_and_is_a_warning(string path, ClusterSpec spec)
    {
        var decision = Admission.Judge(Cluster(spec), Cluster(spec with { DeletionPolicy = DeletionPolicy.Delete }));

        Assert.Empty(decision.Refused);
        Assert.StartsWith($"{path}: ", decision.Warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Every_wrong_field_is_named_at_once() => Assert.Equal(
        ["spec.instances", "spec.image", "spec.podman.bindAddress"],
        Refused(null, Cluster(new() { Instances = 12, Image = "", Podman = new() { BindAddress = "x" } })));

    [Fact]
    public void A_wrong_field_may_not_become_wrong_in_another_way()
    {
        Assert.Equal(["spec.instances"], Refused(Cluster(new() { Instances = 12 }), Cluster(new() { Instances = 15 })));
        Assert.Equal(["spec.image"], Refused(Cluster(new() { Instances = 12 }), Cluster(new() { Instances = 12, Image = "" })));
        Assert.Empty(Refused(Cluster(new() { Instances = 12, Image = "" }), Cluster(new() { Instances = 12 })));
    }

    [Fact]
    public void A_line_that_moves_up_is_the_same_line_and_one_more_of_its_kind_is_refused()
    {
        const string Open = "host all all all trust", Local = "local all all peer";

        Assert.Empty(Refused(Cluster(Hba(Local, Open)), Cluster(Hba(Open))));
        Assert.Equal(["spec.postgres.hba[1]"], Refused(Cluster(Hba(Open)), Cluster(Hba(Open, Open))));
        Assert.Equal(["spec.postgres.hba[1]"], Refused(Cluster(Hba(Open)), Cluster(Hba(Open, Local))));
    }

    [Theory, InlineData("cortex-s7"), InlineData("other-s1"), InlineData("cortex-s2")]
    public void A_promotion_of_an_unknown_instance_is_refused_in_the_words_of_the_planner(string promote)
    {
        var after = Cluster(new() { Promote = promote }, Led());

        var refused = Assert.Single(Admission.Judge(Cluster(null, Led()), after).Refused);

        Assert.Equal("spec.promote", refused.Path);
        Assert.Equal(Refusal.Of(Reasons.UnknownInstance, refused), Plan(after, Sound()).PromotionBlocked);
    }

    [Theory, InlineData(""), InlineData("any"), InlineData(Pr), InlineData(S1), InlineData("cortex-s4")]
    public void A_future_instance_may_be_named(string promote) =>
        Assert.Empty(Refused(null, Cluster(new() { Promote = promote, Instances = promote is "cortex-s4" ? 3 : 2 })));

    [Theory, InlineData("cortex-s9"), InlineData("cortx-s1")]
    public void A_name_that_no_instance_can_ever_have_is_refused_at_once(string promote) =>
        Assert.Equal(["spec.promote"], Refused(null, Cluster(new() { Promote = promote })));

    [Fact]
    public void Fewer_instances_may_not_leave_out_the_primary_in_the_words_of_the_planner()
    {
        var after = Cluster(new() { Instances = 1 }, Led(S1));

        var refused = Assert.Single(Admission.Judge(Cluster(null, Led(S1)), after).Refused);

        Assert.Equal("spec.instances", refused.Path);
        var seen = Sound().WithPostgres(Pr, Following()).WithPostgres(S1, Writing());
        Assert.Equal(Refusal.Of(Reasons.InvalidSpec, refused), Plan(after, seen).Refusal);
    }

    [Theory, InlineData(Pr, true), InlineData("any", true), InlineData(S1, false)]
    public void Fewer_instances_are_granted_where_the_primary_moves_to_one_that_stays(string promote, bool granted) =>
        Assert.Equal(granted, !Refused(Cluster(null, Led(S1)), Cluster(new() { Instances = 1, Promote = promote }, Led(S1))).Any());

    [Theory, InlineData(int.MaxValue), InlineData(int.MinValue)]
    public void A_senseless_number_of_instances_is_refused_and_not_counted_out(int instances) =>
        Assert.Contains("spec.instances", Refused(null, Cluster(new() { Instances = instances, Promote = "cortex-s7" })));

    [Fact]
    public void Fields_without_effect_are_warnings()
    {
        var spec = new ClusterSpec
        {
            Image = "registry.example/postgres:17",
            Podman = new() { BindAddress = "192.0.2.1", BasePort = 7000 },
            Replication = new() { Durability = Durability.Preferred },
        };

        var decision = Admission.Judge(null, Cluster(spec));

        Assert.Empty(decision.Refused);
        Assert.Equal(
            ["spec.podman.bindAddress", "spec.podman.basePort", "spec.replication.durability"],
            decision.Warnings.Select(warning => warning[..warning.IndexOf(':', StringComparison.Ordinal)]));
        Assert.Empty(Admission.Judge(null, Cluster(new() { Image = "registry.example/postgres:17" })).Warnings);
        Assert.StartsWith("spec.image: localhost/", Assert.Single(Admission.Judge(null, Cluster()).Warnings), StringComparison.Ordinal);
    }
}
