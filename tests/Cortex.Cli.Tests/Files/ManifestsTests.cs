using Cortex.Cli.Files;
using Cortex.Cli.Outcomes;

namespace Cortex.Cli.Tests.Files;

public sealed class ManifestsTests
{
    private static readonly string Other = Samples.Yaml.Replace("name: cortex", "name: other", StringComparison.Ordinal);

    [Theory]
    [InlineData("a: [\n", "x.yaml, line 2, column 1")]
    [InlineData("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n", "v1 Pod is not supported")]
    [InlineData("kind: CortexCluster\n", "no apiVersion CortexCluster is not supported")]
    [InlineData("apiVersion: cortex.bicameral.dev/v1alpha1\nkind: CortexCluster\nspec: {}\n", "metadata.name is missing")]
    [InlineData("- a\n", "a resource must be a mapping")]
    [InlineData("", "contains no resource")]
    [InlineData("a: 1\na: 2\n", "Duplicate key")]
    public void Problems_are_reported_with_their_place(string text, string expected)
    {
        var refusal = Assert.Throws<CommandException>(() => Manifests.Parse(text, "x.yaml"));

        Assert.Contains(expected, refusal.Message, StringComparison.OrdinalIgnoreCase);
        Assert.NotEmpty(refusal.Next);
    }

    [Theory]
    [InlineData("spec.instances", 6)]
    [InlineData("spec.postgres", 7)]
    [InlineData("spec.postgres.parameters.auto_explain.log_analyze", 9)]
    [InlineData("spec.postgres.hba[1]", 12)]
    [InlineData("spec.postgres.hba[1].nothing", 12)]
    [InlineData("spec.podman.basePort", 5)]
    [InlineData("nothing", 1)]
    public void The_line_of_an_absent_field_is_that_of_its_parent(string field, int line)
    {
        const string more = "  postgres:\n    parameters:\n      auto_explain.log_analyze: \"on\"\n    hba:\n      - a\n      - b\n";

        Assert.Equal(line, Manifests.Parse(Samples.Yaml + more, "x.yaml").Single().LineOf(field));
    }

    [Fact]
    public async Task A_directory_is_reported_as_a_directory()
    {
        var refusal = await Assert.ThrowsAsync<CommandException>(
            () => Manifests.ReadAsync("/tmp", "/", () => TextReader.Null, TestContext.Current.CancellationToken));

        Assert.Equal("/tmp is a directory", refusal.Message);
    }

    [Fact]
    public void Empty_documents_are_skipped()
    {
        Assert.Equal(2, Manifests.Parse($"---\n{Samples.Yaml}---\n---\n{Other}", "x.yaml").Count);
    }

    [Fact]
    public void A_duplicate_cluster_is_refused_with_both_lines()
    {
        var refusal = Assert.Throws<CommandException>(() => Manifests.Parse($"{Samples.Yaml}---\n{Other}---\n{Samples.Yaml}", "x.yaml"));

        Assert.Equal("x.yaml, line 18: the cluster cortex is already defined on line 4", refusal.Message);
        Assert.NotEmpty(refusal.Next);
    }

    [Fact]
    public void Clusters_in_different_namespaces_may_have_the_same_name()
    {
        var elsewhere = Samples.Yaml.Replace("  name: cortex", "  namespace: other\n  name: cortex", StringComparison.Ordinal);

        Assert.Equal(2, Manifests.Parse($"{Samples.Yaml}---\n{elsewhere}", "x.yaml").Count);
        Assert.Throws<CommandException>(() => Manifests.Parse($"{elsewhere}---\n{elsewhere}", "x.yaml"));
    }

    [Theory]
    [InlineData("on", "true")]
    [InlineData("\"on\"", "\"on\"")]
    [InlineData("off", "false")]
    [InlineData("200", "200")]
    [InlineData("'200'", "\"200\"")]
    [InlineData("0.5", "0.5")]
    [InlineData("256MB", "\"256MB\"")]
    [InlineData("5e3", "5000")]
    [InlineData("~", null)]
    public void Scalars_have_the_types_that_kubectl_gives_them(string yaml, string? json)
    {
        var manifest = Manifests.Parse($"{Samples.Yaml}  value: {yaml}\n", "x.yaml").Single();

        Assert.Equal(json, manifest.Content["spec"]!["value"]?.ToJsonString());
    }
}
