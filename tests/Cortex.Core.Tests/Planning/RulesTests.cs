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
        {
            "spec.postgres.parameters.fsync",
            new() { Postgres = new() { Parameters = new Dictionary<string, string> { ["fsync"] = "off" } } }
        },
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
    public void An_invalid_spec_is_refused_with_the_path_of_the_field_and_changes_nothing(string path, ClusterSpec spec)
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
    public void A_name_that_is_not_a_host_name_is_refused(string name) =>
        Assert.Equal("metadata.name", Assert.Single(Validity.Of(Cluster(name: name))).Path);

    [Theory, InlineData("127.0.0.1"), InlineData("192.168.0.10"), InlineData("169.254.1.2"), InlineData("223.255.255.254")]
    public void One_address_of_a_machine_is_valid(string address) =>
        Assert.Empty(Validity.Of(Cluster(new() { Podman = new() { BindAddress = address } })));

    /// <summary>Podman forwards nothing from them: the network of a cluster is IPv4 only.</summary>
    [Theory]
    [InlineData("::1")]
    [InlineData("2001:db8::1")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%2")]
    [InlineData("ff02::1")]
    [InlineData("::127.0.0.1")]
    [InlineData("::ffff:127.0.0.1")]
    public void An_IPv6_address_is_refused_with_what_to_write_instead(string address) => Assert.Equal(
        $"spec.podman.bindAddress: \"{address}\" is an IPv6 address, and the network of a cluster is IPv4 only; "
            + "name one IPv4 address of this machine that clients reach, such as 127.0.0.1",
        Assert.Single(Validity.Of(Cluster(new() { Podman = new() { BindAddress = address } }))).ToString());

    [Fact]
    public void The_remedy_for_one_field_is_apart_from_what_is_wrong_and_each_of_several_fields_keeps_its_own()
    {
        Refusal Refused(string address, string owner) =>
            Plan(Cluster(new() { Podman = new() { BindAddress = address }, Database = new() { Owner = owner } }), Sound()).Refusal!;

        Assert.Equal(
            new Refusal(
                Reasons.InvalidSpec,
                "spec.database.owner: \"pg_app\" cannot be the application's role: names that begin with pg_ are PostgreSQL's own",
                "take another name, such as app"),
            Refused("127.0.0.1", "pg_app"));
        Assert.Equal(
            "spec.database.owner: \"pg_app\" cannot be the application's role: names that begin with pg_ are PostgreSQL's own; "
                + "take another name, such as app; spec.podman.bindAddress: \"127.1\" is not how that address is written; write 127.0.0.1",
            Refused("127.1", "pg_app").What);
    }

    [Fact]
    public void The_address_of_every_interface_is_refused_with_what_to_write_instead() =>
        Assert.EndsWith(
            "name one IPv4 address of this machine that clients reach, such as 127.0.0.1",
            Assert.Single(Validity.Of(Cluster(new() { Podman = new() { BindAddress = "0.0.0.0" } }))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void All_that_is_wrong_is_said_at_once() =>
        Assert.Equal(3, Validity.Of(Cluster(new() { Instances = 0, Image = "", Podman = new() { BindAddress = "x" } })).Count);

    [Fact]
    public void Names_that_others_have_taken_are_left_alone()
    {
        var seen = Sound();
        var foreign = new ForeignObject("volume", "cortex-pr-data", "another");
        var plan = Plan(Cluster(null, Led()), seen with { Inventory = seen.Inventory with { Foreign = [foreign] } });

        Assert.Empty(plan.Steps);
        Assert.Equal(
            new Refusal(
                Reasons.Conflict, "volume cortex-pr-data belongs to another", "rename the cluster, or remove what is in the way"),
            plan.Refusal);
    }

    /// <summary>
    /// The network is complete before a secret is begun: where Podman keeps no labels on secrets, the network shows after a kill that an
    /// unmarked secret belongs to the cluster.
    /// </summary>
    [Fact]
    public void Network_passwords_and_certificates_are_made_before_anything_that_needs_them()
    {
        var plan = Plan(Cluster(), Nothing());
        var steps = plan.Flat();

        Assert.Equal(new Step.EnsureNetwork(), plan.Steps[0]);
        Assert.Equal(["cortex-superuser", "cortex-app"], steps.OfType<Step.StorePassword>().Select(storePassword => storePassword.Secret));
        Assert.Equal(
            Names.Secrets("cortex", 2).Except(["cortex-ca", "cortex-superuser", "cortex-app"]).Order(),
            steps.OfType<Step.IssueCertificate>().Select(issueCertificate => issueCertificate.Secret).Order());
        var kinds = steps.Select(step => step.GetType()).ToList();
        Assert.True(kinds.IndexOf(typeof(Step.IssueAuthority)) < kinds.IndexOf(typeof(Step.IssueCertificate)));
        Assert.Empty(steps.OfType<Step.Initialise>());
    }

    [Theory]
    [InlineData(0, 0, "")]
    [InlineData(59, 0, "")]
    [InlineData(61, 5, "NearExpiry")]
    public void Certificates_are_renewed_in_the_last_third_of_their_life(int days, int count, string why)
    {
        var plan = Plan(Cluster(null, Led()), Sound() with { Certificates = Certificates(new(), Now.AddDays(-days)) });
        var steps = plan.Flat().OfType<Step.IssueCertificate>().ToList();

        Assert.Equal(count, steps.Count);
        Assert.All(steps, issueCertificate => Assert.Equal(why, issueCertificate.Why));
    }

    [Theory, InlineData("another-pr"), InlineData("cortex-s4000000"), InlineData("")]
    public void A_status_whose_primary_is_not_an_instance_ends_no_pass(string primary)
    {
        var cluster = Cluster(null, Led(primary));

        var plan = Plan(cluster, Sound());

        var status = StatusReport.Build(new Situation(cluster, Sound(), Now), plan, new PassOutcome(null, null));
        Assert.Equal([Pr, S1], status.Instances.Select(instance => instance.Name));
        Assert.DoesNotContain(plan.Flat(), step => step is Step.Promote or Step.Initialise);
    }

    /// <summary>Created again over volumes that were kept, or shrunk below its primary.</summary>
    [Fact]
    public void The_primary_has_a_certificate_although_the_spec_asks_for_fewer_instances()
    {
        var seen = Sound(1).WithPod(Pr, null).WithPostgres(Pr, null);
        var kept = seen with { Inventory = seen.Inventory with { Volumes = [new VolumeSeen("cortex-s2-data", S2)] } };
        var cluster = Cluster(new() { Instances = 1 }, Led(S2));

        Assert.Contains(new Step.IssueCertificate("cortex-s2-server-tls", "Missing"), Plan(cluster, kept).Flat());
        var secure = StatusReport.Build(new Situation(cluster, kept, Now), Plan(cluster, kept), new PassOutcome(null, null))
            .Conditions.Single(condition => condition.Type == ConditionTypes.Secure);
        Assert.Equal("missing or expired certificates: cortex-s2-server-tls", secure.Message);
    }

    [Theory]
    [InlineData(DeletionPolicy.Retain, 0)]
    [InlineData(DeletionPolicy.Delete, 2)]
    public void A_deleted_resource_takes_its_data_only_if_the_user_says_so_and_the_primary_last(DeletionPolicy policy, int volumes)
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
    public void A_server_with_an_old_configuration_is_configured()
    {
        var seen = Sound().WithPostgres(S1, Sound().Postgres[S1] with { Revision = "old" });

        Assert.Equal([new Step.Configure(S1, "its configuration or certificates changed")], Plan(Cluster(null, Led()), seen).Flat());
    }

    [Fact]
    public void A_silent_server_gets_a_corrected_configuration_once()
    {
        var silent = Sound().WithPostgres(Pr, null);
        var corrected = silent with { WrittenRevisions = new Dictionary<string, string> { [Pr] = "old", [S1] = Revision } };

        Assert.Equal([new Step.Configure(Pr, "it does not answer")], Plan(Cluster(null, Led()), corrected).Flat());
        Assert.Empty(Plan(Cluster(null, Led()), silent).Flat());
    }

    [Fact]
    public void An_unusable_image_is_refused_before_anything_is_created_and_does_not_touch_what_runs()
    {
        var unusable = new ImageSeen(null, "spec.image: it has no initdb on its PATH");
        var refused = Plan(Cluster(null, null), Nothing() with { Image = unusable });

        Assert.Equal(new Refusal(Reasons.ImageUnusable, unusable.Problem!), refused.Refusal);
        Assert.Empty(refused.Steps);
        Assert.True(Plan(Cluster(null, Led()), Sound() with { Image = unusable }).IsIdle);
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
    public void A_name_that_is_not_of_an_instance_has_no_index(string name) => Assert.Null(Names.IndexOf("cortex", name));

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
    public void Durations_are_read_as_go_writes_them(string text, int? seconds) =>
        Assert.Equal(seconds, GoDuration.Parse(text)?.TotalSeconds);

    [Fact]
    public void An_object_is_ours_by_all_its_labels()
    {
        Assert.Equal(Key, Labels.Owner(Labels.Of(Key, S1)));
        Assert.Null(Labels.Owner(null));
        Assert.All(Labels.Of(Key).Keys, name => Assert.Null(Labels.Owner(Labels.Of(Key).Where(pair => pair.Key != name).ToDictionary())));
    }
}
