using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

/// <summary>A primary beyond spec.instances is a member of its cluster until another instance is the primary.</summary>
public sealed class MembershipTests
{
    private static readonly ClusterSpec One = new() { Instances = 1 };

    private static readonly ClusterStatus LedByS1 = Led(S1);

    private static Observation Seen => Sound().WithPostgres(Pr, Following()).WithPostgres(S1, Writing());

    [Theory]
    [InlineData(null, "cortex-pr")]
    [InlineData("cortex-pr", "cortex-pr")]
    [InlineData("cortex-s1", "cortex-pr cortex-s1")]
    [InlineData("cortex-s8", "cortex-pr cortex-s8")]
    [InlineData("cortex-s9", "cortex-pr")]
    [InlineData("other-s1", "cortex-pr")]
    public void The_primary_is_a_member_where_it_is_the_name_of_an_instance(string? primary, string members)
    {
        Assert.Equal(members.Split(' '), Membership.Members("cortex", One, primary));
        Assert.Equal(members.Split(' '), Membership.Members(Cluster(One, new ClusterStatus { Primary = primary })));
    }

    [Fact]
    public void Its_certificate_is_renewed()
    {
        var seen = Seen with { Certificates = Certificates(new ClusterSpec(), Now.AddDays(-61)) };

        Assert.Contains(new Step.IssueCertificate(Names.ServerCertificate(S1), "NearExpiry"), Plan(Cluster(One, LedByS1), seen).Flat());
    }

    [Fact]
    public void It_loads_what_was_renewed_though_the_spec_is_refused()
    {
        var plan = Plan(Cluster(One, LedByS1), Seen.WithPostgres(S1, Writing() with { Revision = "before the renewal" }));

        Assert.Equal([new Step.Configure(S1, "its configuration or certificates changed")], plan.Flat());
        Assert.Equal(Reasons.InvalidSpec, plan.Refusal?.Reason);
    }

    [Fact]
    public void A_configuration_that_PostgreSQL_refuses_is_not_written()
    {
        var stale = Seen.WithPostgres(S1, Writing() with { Revision = "before" });
        var refused = stale with { RefusedConfiguration = [new("spec.postgres.parameters.work_mem", "no")] };

        Assert.Empty(Plan(Cluster(One, LedByS1), refused).Steps);
    }

    [Fact]
    public void Without_its_certificate_the_cluster_is_not_called_secure()
    {
        var now = new Situation(Cluster(One, LedByS1), Seen with { Certificates = Certificates(One, Now) }, Now);

        var status = StatusReport.Build(now, Plan(now), new PassOutcome(null, null));
        var secure = status.Conditions.Single(condition => condition.Type == ConditionTypes.Secure);
        Assert.Equal(("False", "missing or expired certificates: cortex-s1-server-tls"), (secure.Status, secure.Message));
    }
}
