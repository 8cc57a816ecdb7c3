using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using FsCheck;
using FsCheck.Fluent;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

/// <summary>The smaller rules: validity, foundations, deletion, configuration, decisions, names.</summary>
public sealed class RulesTests
{
    public static TheoryData<string, ClusterSpec> Invalid => new()
    {
        { "spec.instances", new() { Instances = 0 } },
        { "spec.instances", new() { Instances = 10 } },
        { "spec.image", new() { Image = " " } },
        { "spec.image", new() { Image = "postgres:17\u001b[2J" } },
        { "spec.image", new() { Image = "postgres:17\n" } },
        { "spec.postgres.parameters.fsync", new() { Postgres = new() { Parameters = new Dictionary<string, string> { ["fsync"] = "off" } } } },
        { "spec.postgres.hba[0]", new() { Postgres = new() { Hba = ["host all all all trust"] } } },
        { "spec.database.name", new() { Database = new() { Name = "template1" } } },
        { "spec.database.name", new() { Database = new() { Name = "app\n" } } },
        { "spec.database.owner", new() { Database = new() { Owner = "pg_monitor" } } },
        { "spec.database.owner", new() { Database = new() { Owner = "cortex_operator" } } },
        { "spec.database.owner", new() { Database = new() { Owner = "public" } } },
        { "spec.database.owner", new() { Database = new() { Owner = "none" } } },
        { "spec.database.owner", new() { Database = new() { Owner = "current_user" } } },
        { "spec.tls.caLifetime", new() { Tls = new() { CaLifetime = "10y" } } },
        { "spec.tls.certificateLifetime", new() { Tls = new() { CertificateLifetime = "59s" } } },
        { "spec.tls.caLifetime", new() { Tls = new() { CaLifetime = "" } } },
        { "spec.tls.certificateLifetime", new() { Tls = new() { CertificateLifetime = "" } } },
        { "spec.tls.caLifetime", new() { Tls = new() { CaLifetime = "\u0661\u0662h" } } },
        { "spec.tls.renewBefore", new() { Tls = new() { RenewBefore = "soon" } } },
        { "spec.podman.bindAddress", new() { Podman = new() { BindAddress = "localhost" } } },
        { "spec.podman.bindAddress", new() { Podman = new() { BindAddress = "0.0.0.0" } } },
        { "spec.podman.bindAddress", new() { Podman = new() { BindAddress = "::" } } },
        { "spec.podman.bindAddress", new() { Podman = new() { BindAddress = "::ffff:0.0.0.0" } } },
        { "spec.podman.bindAddress", new() { Podman = new() { BindAddress = "0" } } },
        { "spec.podman.bindAddress", new() { Podman = new() { BindAddress = "127.1" } } },
        { "spec.podman.bindAddress", new() { Podman = new() { BindAddress = "224.0.0.1" } } },
        { "spec.podman.bindAddress", new() { Podman = new() { BindAddress = "fe80::1%2" } } },
        { "spec.podman.bindAddress", new() { Podman = new() { BindAddress = "0.0.0.1" } } },
        { "spec.podman.basePort", new() { Podman = new() { BasePort = 80 } } },
        { "spec.podman.basePort", new() { Podman = new() { BasePort = 65535 } } },
        { "spec.resources.requests.disk", new() { Resources = new() { Requests = new Dictionary<string, string> { ["disk"] = "1Gi" } } } },
        { "spec.resources.limits.memory", new() { Resources = new() { Limits = new Dictionary<string, string> { ["memory"] = "much" } } } },
    };

    [Theory]
    [MemberData(nameof(Invalid))]
    public void What_cannot_be_is_refused_with_the_fields_path_and_changes_nothing(string path, ClusterSpec spec)
    {
        var plan = Plan(Cluster(spec, Led()), Sound());

        Assert.Equal(path, Assert.Single(Validity.Of(Cluster(spec))).Path);
        Assert.Empty(plan.Steps);
        Assert.Equal(Reasons.InvalidSpec, plan.Refusal?.Reason);
        Assert.StartsWith($"{path}: ", plan.Refusal?.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Cortex")]
    [InlineData("1cortex")]
    [InlineData("cortex-")]
    [InlineData("cortex\n")]
    [InlineData("a123456789012345678901234567890123456789x")]
    public void A_name_that_is_no_host_name_is_refused(string name) =>
        Assert.Equal("metadata.name", Assert.Single(Validity.Of(Cluster(name: name))).Path);

    [Theory, InlineData("127.0.0.1"), InlineData("192.168.0.10"), InlineData("169.254.1.2"), InlineData("223.255.255.254")]
    public void One_address_of_a_machine_will_do(string address) => Assert.Empty(Validity.Of(Cluster(new() { Podman = new() { BindAddress = address } })));

    /// <summary>Podman forwards nothing from them: the network of a cluster is IPv4 only.</summary>
    [Theory, InlineData("::1"), InlineData("2001:db8::1"), InlineData("fe80::1"), InlineData("fe80::1%2"), InlineData("ff02::1"), InlineData("::127.0.0.1"), InlineData("::ffff:127.0.0.1")]
    public void An_IPv6_address_is_refused_with_what_to_write_instead(string address) => Assert.Equal(
        $"spec.podman.bindAddress: \"{address}\" is an IPv6 address, and the network of a cluster is IPv4 only; name one IPv4 address of this machine that clients reach, such as 127.0.0.1",
        Assert.Single(Validity.Of(Cluster(new() { Podman = new() { BindAddress = address } }))).ToString());

    [Fact]
    public void Why_every_address_is_none_is_said_with_what_to_write() =>
        Assert.EndsWith("name one IPv4 address of this machine that clients reach, such as 127.0.0.1", Assert.Single(Validity.Of(Cluster(new() { Podman = new() { BindAddress = "0.0.0.0" } }))).Reason, StringComparison.Ordinal);

    [Fact]
    public void All_that_is_wrong_is_said_at_once() =>
        Assert.Equal(3, Validity.Of(Cluster(new() { Instances = 0, Image = "", Podman = new() { BindAddress = "x" } })).Count);

    [Fact]
    public void Names_that_others_have_taken_are_left_alone()
    {
        var seen = Sound();
        var plan = Plan(Cluster(null, Led()), seen with { Inventory = seen.Inventory with { Foreign = [new("volume", "cortex-pr-data", "nobody")] } });

        Assert.Empty(plan.Steps);
        Assert.Equal(new Refusal(Reasons.Conflict, "volume cortex-pr-data belongs to nobody; rename the cluster, or remove what is in the way"), plan.Refusal);
    }

    /// <summary>The network is whole before a secret is begun: where Podman keeps no labels on secrets, it tells after a kill that an unmarked one is the cluster's own.</summary>
    [Fact]
    public void Foundations_are_laid_before_anything_stands_on_them()
    {
        var plan = Plan(Cluster(), Nothing());
        var steps = plan.Flat();

        Assert.Equal(new Step.EnsureNetwork(), plan.Steps[0]);
        Assert.Equal(["cortex-superuser", "cortex-app"], steps.OfType<Step.StorePassword>().Select(one => one.Secret));
        Assert.Equal(Names.Secrets("cortex", 2).Except(["cortex-ca", "cortex-superuser", "cortex-app"]).Order(), steps.OfType<Step.IssueCertificate>().Select(one => one.Secret).Order());
        Assert.True(steps.ToList().FindIndex(one => one is Step.IssueAuthority) < steps.ToList().FindIndex(one => one is Step.IssueCertificate));
        Assert.Empty(steps.OfType<Step.Initialise>());
    }

    [Theory]
    [InlineData(0, 0, "")]
    [InlineData(59, 0, "")]
    [InlineData(61, 5, "NearExpiry")]
    public void Certificates_are_renewed_in_the_last_third_of_their_life(int days, int count, string why)
    {
        var steps = Plan(Cluster(null, Led()), Sound() with { Certificates = Certificates(new(), Now.AddDays(-days)) }).Flat().OfType<Step.IssueCertificate>().ToList();

        Assert.Equal(count, steps.Count);
        Assert.All(steps, one => Assert.Equal(why, one.Why));
    }

    [Theory, InlineData("another-pr"), InlineData("cortex-s4000000"), InlineData("")]
    public void A_status_that_names_no_instance_as_the_primary_ends_no_pass(string primary)
    {
        var cluster = Cluster(null, Led(primary));

        var plan = Plan(cluster, Sound());

        Assert.Equal([Pr, S1], StatusReport.Build(new Situation(cluster, Sound(), Now), plan, new PassOutcome(null, null)).Instances.Select(one => one.Name));
        Assert.DoesNotContain(plan.Flat(), step => step is Step.Promote or Step.Initialise);
    }

    /// <summary>Made again over volumes that were kept, or shrunk below the one that leads.</summary>
    [Fact]
    public void Who_leads_has_a_certificate_although_the_spec_asks_for_fewer_instances()
    {
        var seen = Sound(1).WithPod(Pr, null).WithPostgres(Pr, null);
        var kept = seen with { Inventory = seen.Inventory with { Volumes = [new VolumeSeen("cortex-s2-data", S2)] } };
        var cluster = Cluster(new() { Instances = 1 }, Led(S2));

        Assert.Contains(new Step.IssueCertificate("cortex-s2-server-tls", "Missing"), Plan(cluster, kept).Flat());
        var secure = StatusReport.Build(new Situation(cluster, kept, Now), Plan(cluster, kept), new PassOutcome(null, null)).Conditions.Single(one => one.Type == ConditionTypes.Secure);
        Assert.Equal("not in force: cortex-s2-server-tls", secure.Message);
    }

    [Theory]
    [InlineData(DeletionPolicy.Retain, 0)]
    [InlineData(DeletionPolicy.Delete, 2)]
    public void A_resource_that_goes_takes_its_data_by_the_users_word_only_and_the_primary_last(DeletionPolicy policy, int volumes)
    {
        var cluster = Cluster(new() { DeletionPolicy = policy }, Led());
        cluster.Metadata.DeletionTimestamp = Now.UtcDateTime;
        var steps = Plan(cluster, Sound()).Flat();

        Assert.Equal([new Step.RemovePod(S1), new Step.RemovePod(Pr)], steps.Take(2));
        Assert.Equal(volumes, steps.OfType<Step.DeleteVolume>().Count());
        Assert.Equal(Names.Secrets("cortex", 2).Order(), steps.OfType<Step.DeleteSecret>().Select(one => one.Secret).Order());
        Assert.Equal([new Step.DeleteNetwork(), new Step.Release()], steps.TakeLast(2));
    }

    [Fact]
    public void Who_has_loaded_an_old_configuration_is_configured()
    {
        var seen = Sound().WithPostgres(S1, Sound().Postgres[S1] with { Revision = "old" });

        Assert.Equal([new Step.Configure(S1, "its configuration or certificates changed")], Plan(Cluster(null, Led()), seen).Flat());
    }

    [Fact]
    public void Who_does_not_answer_gets_a_corrected_configuration_and_gets_it_once()
    {
        var silent = Sound().WithPostgres(Pr, null);
        var corrected = silent with { LaidRevisions = new Dictionary<string, string> { [Pr] = "old", [S1] = Revision } };

        Assert.Equal([new Step.Configure(Pr, "it does not answer")], Plan(Cluster(null, Led()), corrected).Flat());
        Assert.Empty(Plan(Cluster(null, Led()), silent).Flat());
    }

    [Fact]
    public void An_image_that_will_not_do_is_refused_before_anything_is_made_and_leaves_what_runs_alone()
    {
        var unusable = new ImageSeen(null, "spec.image: it has no initdb on its PATH");
        var refused = Plan(Cluster(null, null), Nothing() with { Image = unusable });

        Assert.Equal(new Refusal(Reasons.ImageUnusable, unusable.Problem!), refused.Refusal);
        Assert.Empty(refused.Steps);
        Assert.True(Plan(Cluster(null, Led()), Sound() with { Image = unusable }).IsIdle);
    }

    [Fact]
    public void Decisions_keep_what_they_are_not_about()
    {
        var status = Led() with { PostgresVersion = "17.6", Fenced = [S2] };
        var begun = Decisions.Begin(status, new(Pr, S1, PromotionKind.Failover), Now);
        var done = Decisions.Complete(Decisions.Promoted(Decisions.Commit(begun, Now.AddSeconds(1)), Now.AddSeconds(2)), S1, 2, Lsn.Parse("0/3000148"), Now.AddSeconds(3));

        Assert.Equal([S2, Pr], begun.Fenced);
        Assert.False(begun.Promotion!.IsCommitted);
        Assert.Equal((S1, 2L, null, "17.6"), (done.Primary, done.Timeline, done.Promotion, done.PostgresVersion));
        Assert.Equal(
            new PromotionReceipt { From = Pr, To = S1, Kind = PromotionKind.Failover, RequestedAt = Now, BegunAt = Now, FencedAt = Now.AddSeconds(1), PromotedAt = Now.AddSeconds(2), WritableAt = Now.AddSeconds(3), Timeline = 2, ForkLsn = "0/3000148" },
            done.LastPromotion);
        Assert.Equal([done.LastPromotion!], done.PromotionHistory);
        Assert.Equal(56, Decisions.Lost(done, Pr, Lsn.Parse("0/3000180")).LastPromotion!.LostBytes);
        Assert.Same(done, Decisions.Lost(done, S1, Lsn.Parse("0/3000180")));
        Assert.Equal([S2], Decisions.Abandon(begun, new(Pr, "why"), 3).Fenced);
        Assert.Equal(new AbandonedPromotion(S1, 3, "why"), Decisions.Abandon(begun, new(Pr, "why"), 3).AbandonedPromotion);
        Assert.Empty(Decisions.Primary(status, S2).Fenced);
        Assert.Equal([S2, S1], Decisions.Fenced(Decisions.Fenced(status, S1), S1).Fenced);
    }

    [Fact]
    public void The_earliest_word_on_the_last_write_counts_and_the_gap_begins_there()
    {
        var begun = Decisions.Begin(Led(), new(Pr, S1, PromotionKind.Failover), Now);
        var fenced = Decisions.Wrote(begun, Pr, Now.AddSeconds(3));
        var died = Decisions.Wrote(fenced, Pr, Now.AddSeconds(1));

        Assert.Equal(Now.AddSeconds(3), fenced.Promotion!.LastWriteAt);
        Assert.Equal(4000, Decisions.Complete(died, S1, 2, null, Now.AddSeconds(5)).LastPromotion!.WriteGapMs);
        Assert.Same(died, Decisions.Wrote(died, Pr, Now.AddSeconds(2)));
        Assert.Same(died, Decisions.Wrote(died, Pr, null));
        Assert.Same(died, Decisions.Wrote(died, S2, Now));
        Assert.Null(Decisions.Complete(begun, S1, 2, null, Now.AddSeconds(5)).LastPromotion!.WriteGapMs);
    }

    [Fact]
    public void An_instances_index_is_found_again_in_its_name() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonNegativeInt>(),
        index => Names.IndexOf("cortex", Names.Instance("cortex", index.Get)) == index.Get).Holds();

    [Theory]
    [InlineData("cortex-s0")]
    [InlineData("cortex-s01")]
    [InlineData("cortex-s+1")]
    [InlineData("cortex-s 1")]
    [InlineData("cortex-pr2")]
    [InlineData("other-s1")]
    [InlineData("cortex-s99999999999")]
    public void What_is_no_instances_name_has_no_index(string name) => Assert.Null(Names.IndexOf("cortex", name));

    [Theory]
    [InlineData("2160h", 7776000)]
    [InlineData("1h30m", 5400)]
    [InlineData("1.5m", 90)]
    [InlineData("45s", 45)]
    [InlineData("", null)]
    [InlineData("1d", null)]
    [InlineData("1h\n", null)]
    [InlineData("9999999h", null)]
    [InlineData("-1h", null)]
    [InlineData("30m1h", null)]
    public void Durations_are_read_as_go_writes_them(string text, int? seconds) => Assert.Equal(seconds, GoDuration.Parse(text)?.TotalSeconds);

    [Fact]
    public void An_object_is_ours_by_all_its_labels()
    {
        Assert.Equal(Key, Labels.Owner(Labels.Of(Key, S1)));
        Assert.Null(Labels.Owner(null));
        Assert.All(Labels.Of(Key).Keys, name => Assert.Null(Labels.Owner(Labels.Of(Key).Where(one => one.Key != name).ToDictionary())));
    }
}
