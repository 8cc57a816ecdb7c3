using Cortex.Core.Api;
using Cortex.Core.Manifests;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Core.Tests.Builders;
using k8s;
using k8s.Models;

namespace Cortex.Core.Tests.Planning;

/// <summary>What only a target with services needs in a plan.</summary>
public sealed class ServicesTests
{
    private const string Pem = "CERTIFICATE\n";

    /// <summary>A client of the instance would reach a pod in which nothing listens.</summary>
    [Fact]
    public void No_service_leads_to_the_pod_of_a_job()
    {
        var job = Labels.OfJob(Given.Key, Given.S1, "join", "r1");
        var services = ClusterObjects.Render(Cluster(), Names.Instances("cortex", 2), authorityPem: null).OfType<V1Service>().ToList();

        Assert.NotEmpty(services);
        Assert.DoesNotContain(
            services, service => service.Spec.Selector.All(pair => job.TryGetValue(pair.Key, out var value) && value == pair.Value));
    }

    [Fact]
    public void A_cluster_whose_services_are_as_they_should_be_is_left_alone() =>
        Assert.Empty(Given.Plan(Cluster(), Sound()).Steps);

    [Fact]
    public void A_target_without_services_is_never_asked_for_any() =>
        Assert.Empty(Given.Plan(Cluster(), Given.Sound()).Steps);

    [Theory]
    [InlineData("cortex-rw")]
    [InlineData("cortex-pr")]
    [InlineData("cortex-connection")]
    [InlineData("cortex-primary")]
    public void A_missing_object_is_made_again(string name) =>
        Assert.Equal([name], Applied(Sound(objects => objects.Where(kubernetesObject => kubernetesObject.Metadata.Name != name))));

    [Fact]
    public void A_service_that_was_edited_is_restored() =>
        Assert.Equal(
            ["cortex-rw"],
            Applied(Edited(service => service.Spec.Selector = new Dictionary<string, string> { ["app"] = "other" })));

    /// <summary>Their configuration contains the addresses, so that no promotion waits for a name server.</summary>
    [Fact]
    public void No_instance_is_made_before_the_services_have_given_the_addresses()
    {
        var nothing = Given.Nothing();
        Observation Seen(params IKubernetesObject<V1ObjectMeta>[] objects) =>
            nothing with { Inventory = nothing.Inventory with { NetworkExists = true, Objects = objects } };
        var made = Seen([.. ClusterObjects.Render(Given.Cluster(), Names.Instances("cortex", 2), authorityPem: null)]);
        var addresses = new Dictionary<string, string> { [Given.Pr] = "10.0.0.7", [Given.S1] = "10.0.0.8" };

        Assert.IsType<Step.ArrangeObjects>(Given.Plan(Given.Cluster(), Seen()).Steps[^1]);
        var addressed = made with { Inventory = made.Inventory with { Addresses = addresses } };
        Assert.Contains(Given.Plan(Given.Cluster(), addressed).Flat(), step => step is Step.Initialise);
    }

    [Fact]
    public void Fields_that_the_API_and_others_add_are_not_drift()
    {
        var seen = Edited(service =>
        {
            service.Spec.ClusterIP = "10.0.0.7";
            service.Spec.SessionAffinity = "None";
            service.Metadata.Labels["team"] = "storage";
            service.Metadata.ResourceVersion = "17";
        });

        Assert.Empty(Given.Plan(Cluster(), seen).Steps);
    }

    [Fact]
    public void The_service_of_a_removed_instance_is_removed_and_the_clients_ConfigMap_is_not()
    {
        var surplus = new V1Service { Kind = "Service", Metadata = new() { Name = "cortex-s7", Labels = Labels.Of(Given.Key) } };
        var seen = Sound(objects => objects.Append(surplus)) with { AuthorityPem = null };

        var step = Assert.IsType<Step.ArrangeObjects>(Assert.Single(Given.Plan(Cluster(), seen).Steps));

        Assert.Empty(step.Apply);
        Assert.Equal(["cortex-s7"], step.Remove.Select(kubernetesObject => kubernetesObject.Metadata.Name));
    }

    [Fact]
    public void Clients_that_write_are_sent_to_the_primary()
    {
        var seen = Sound().WithPod(Given.S1, Given.Pod(Given.S1) with { Role = Labels.PrimaryRole });

        Assert.Equal([new Step.AssignRoles(Given.Pr)], Given.Plan(Cluster(), seen).Steps);
    }

    [Fact]
    public void A_promotion_moves_the_role_as_soon_as_the_new_primary_writes_and_before_it_is_recorded()
    {
        var steps = Given.Plan(Cluster(new ClusterSpec { Promote = Given.S1 }), Sound()).Flat().Select(step => step.GetType()).ToList();

        Assert.Equal(
            [
                typeof(Step.BeginPromotion),
                typeof(Step.HandOver),
                typeof(Step.CommitPromotion),
                typeof(Step.Promote),
                typeof(Step.AssignRoles),
                typeof(Step.CompletePromotion),
            ],
            steps);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_primary_on_an_unreachable_machine_blocks_the_promotion_with_the_remedy(bool answers)
    {
        var seen = answers ? Sound().WithPod(Given.Pr, Lost(Given.Pr).Inventory.Pod(Given.Pr)!) : Lost(Given.Pr);
        var plan = Given.Plan(Cluster(new ClusterSpec { Promote = Given.S1 }), seen);

        Assert.Equal(Reasons.FenceUnproven, plan.PromotionBlocked?.Reason);
        Assert.Contains("spec.kubernetes.lostInstances: [cortex-pr]", plan.PromotionBlocked!.Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain(plan.Flat(), step => step is Step.BeginPromotion or Step.Fence or Step.ForgetPod);
    }

    [Theory, InlineData(PromotionKind.Switchover), InlineData(PromotionKind.Failover)]
    public void A_promotion_that_was_begun_before_the_machine_was_known_to_be_lost_is_blocked_until_it_is_committed(PromotionKind kind)
    {
        var begun = new PromotionDecision { From = Given.Pr, To = Given.S1, Kind = kind, RequestedAt = Given.Now };
        Refusal? Blocked(PromotionDecision promotion, Observation seen) =>
            Given.Plan(
                Given.Cluster(new() { Promote = Given.S1 }, Given.Led() with { Promotion = promotion, Fenced = [Given.Pr] }), seen)
                .PromotionBlocked;

        Assert.Equal(Reasons.FenceUnproven, Blocked(begun, Lost(Given.Pr))?.Reason);
        Assert.Null(Blocked(begun, Sound()));
        Assert.Equal(Reasons.FenceUnproven, Blocked(begun with { StoppedAt = Given.Now }, Lost(Given.Pr))?.Reason);
        Assert.Null(Blocked(begun with { CommittedAt = Given.Now }, Lost(Given.Pr)));
    }

    [Fact]
    public void A_pod_that_the_user_declares_lost_is_removed_before_anything_else()
    {
        var spec = new ClusterSpec { Promote = Given.S1, Kubernetes = new() { LostInstances = [Given.Pr] } };

        Assert.Equal([new Step.ForgetPod(Given.Pr)], Given.Plan(Cluster(spec), Lost(Given.Pr)).Steps);
        Assert.IsType<Step.BeginPromotion>(Given.Plan(Cluster(spec), Lost(Given.Pr).WithPod(Given.Pr, null)).Flat()[0]);
    }

    [Fact]
    public void A_pod_that_can_be_seen_is_not_removed_as_lost()
    {
        var spec = new ClusterSpec { Kubernetes = new() { LostInstances = [Given.Pr] } };

        Assert.DoesNotContain(Given.Plan(Cluster(spec), Sound(spec: spec)).Flat(), step => step is Step.ForgetPod);
    }

    [Fact]
    public void A_pod_that_cannot_start_says_why_in_status()
    {
        const string problem = "Unschedulable: no machine has room";
        var pod = Given.Pod(Given.S1, PodState.Unknown) with { Role = Labels.StandbyRole, StartProblem = problem };
        var seen = Sound().WithPostgres(Given.S1, null).WithPod(Given.S1, pod);

        const string why = $"cortex-s1 cannot start: {problem}";
        Assert.Contains(Given.Plan(Cluster(), seen).Holds, hold => hold.Why.Contains(why, StringComparison.Ordinal));
    }

    [Fact]
    public void What_only_a_user_may_do_is_a_command_of_the_target()
    {
        var other = Given.Following() with { SystemIdentifier = "7000000000000000009", Streaming = false };
        string Why(Observation seen) => Assert.Single(Given.Plan(Cluster(), seen.WithPostgres(Given.S1, other)).Holds).Why;

        Assert.Contains(
            "kubectl delete -n default pod/cortex-s1 persistentvolumeclaim/cortex-s1-data", Why(Sound()), StringComparison.Ordinal);
        Assert.Contains(
            "podman pod rm --force --ignore cortex-s1 && podman volume rm cortex-s1-data", Why(Given.Sound()), StringComparison.Ordinal);
    }

    private static CortexCluster Cluster(ClusterSpec? spec = null) => Given.Cluster(spec, Given.Led());

    private static Observation Sound(
        Func<IEnumerable<IKubernetesObject<V1ObjectMeta>>, IEnumerable<IKubernetesObject<V1ObjectMeta>>>? change = null,
        ClusterSpec? spec = null)
    {
        var seen = Given.Sound();
        var objects = ClusterObjects.Render(Cluster(spec), Names.Instances("cortex", 2), Pem);
        return seen with
        {
            AuthorityPem = Pem,
            Inventory = seen.Inventory with
            {
                Objects = [.. change?.Invoke(objects) ?? objects],
                Pods = [.. seen.Inventory.Pods.Select(pod => pod with { Role = RoleOf(pod.Instance) })],
            },
        };
    }

    private static string RoleOf(string instance) => instance == Given.Pr ? Labels.PrimaryRole : Labels.StandbyRole;

    private static Observation Edited(Action<V1Service> edit)
    {
        var seen = Sound();
        edit(seen.Inventory.Objects!.OfType<V1Service>().Single(service => service.Metadata.Name == "cortex-rw"));
        return seen;
    }

    private static Observation Lost(string instance) =>
        Sound().WithPostgres(instance, null).WithPod(instance, Given.Pod(instance) with { Role = Labels.PrimaryRole, IsLost = true });

    private static IEnumerable<string> Applied(Observation seen) =>
        Assert.IsType<Step.ArrangeObjects>(Assert.Single(Given.Plan(Cluster(), seen).Steps)).Apply.Select(one => one.Metadata.Name);
}
