using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Tests.Builders;
using k8s;
using k8s.Models;

namespace Cortex.Core.Tests;

/// <summary>The installed objects are those that the program serves, and cannot lock out a user.</summary>
public sealed class WebhookManifest
{
    private static readonly V1ValidatingWebhookConfiguration Configuration = Read<V1ValidatingWebhookConfiguration>("configuration.yaml");
    private static readonly V1ValidatingWebhook Hook = Assert.Single(Configuration.Webhooks);

    private static T Read<T>(string file) => KubernetesYaml.Deserialize<T>(File.ReadAllText(Repository.Path($"manifests/webhook/{file}")));

    [Fact]
    public void Names_and_path_are_those_of_the_program()
    {
        var service = Read<V1Service>("service.yaml");

        Assert.Equal(OperatorNames.WebhookConfiguration, Configuration.Metadata.Name);
        Assert.Equal(OperatorNames.WebhookService, service.Metadata.Name);
        var called = Hook.ClientConfig.Service;
        Assert.Equal((OperatorNames.WebhookService, OperatorNames.WebhookPath), (called.Name, called.Path));
        Assert.Equal(443, Assert.Single(service.Spec.Ports).Port);
        Assert.Null(Hook.ClientConfig.CaBundle);
    }

    [Fact]
    public void Only_new_resources_and_edits_of_them_are_reviewed_and_a_missing_answer_refuses_nothing()
    {
        var rule = Assert.Single(Hook.Rules);

        Assert.Equal([CortexCluster.GroupName], rule.ApiGroups);
        Assert.Equal([CortexCluster.Version], rule.ApiVersions);
        Assert.Equal([CortexCluster.Plural, $"{CortexCluster.Plural}/scale"], rule.Resources);
        Assert.Equal(["CREATE", "UPDATE"], rule.Operations);
        Assert.Equal(("Ignore", "None"), (Hook.FailurePolicy, Hook.SideEffects));
        Assert.InRange(Hook.TimeoutSeconds ?? 10, 1, 3);
        Assert.Equal(["NotIn"], Hook.NamespaceSelector.MatchExpressions.Select(requirement => requirement.OperatorProperty));
    }
}
