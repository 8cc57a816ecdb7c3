using Cortex.Cli.Files;
using Cortex.Cli.Outcomes;

namespace Cortex.Operator.Tests.Files;

public sealed class ManifestsTests
{
    private static readonly string Other = Samples.Yaml.Replace("name: cortex", "name: other", StringComparison.Ordinal);

    [Theory]
    [InlineData("a: [\n", "x.yaml, line 2, column 1")]
    [InlineData("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n", "v1 Pod is none of ours")]
    [InlineData("kind: CortexCluster\n", "no apiVersion CortexCluster is none of ours")]
    [InlineData("apiVersion: cortex.bicameral.dev/v1alpha1\nkind: CortexCluster\nspec: {}\n", "metadata.name is missing")]
    [InlineData("- a\n", "a resource is a mapping")]
    [InlineData("", "holds no resource")]
    [InlineData("a: 1\na: 2\n", "Duplicate key")]
    public void What_is_wrong_is_said_with_its_place(string text, string expected)
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
    public void The_line_of_a_field_is_found_or_of_what_it_would_be_in(string field, int line)
    {
        const string more = "  postgres:\n    parameters:\n      auto_explain.log_analyze: \"on\"\n    hba:\n      - a\n      - b\n";

        Assert.Equal(line, Manifests.Parse(Samples.Yaml + more, "x.yaml").Single().LineOf(field));
    }

    [Fact]
    public async Task A_directory_is_called_one()
    {
        var refusal = await Assert.ThrowsAsync<CommandException>(() => Manifests.ReadAsync("/tmp", TextReader.Null, TestContext.Current.CancellationToken));

        Assert.Equal("/tmp is a directory", refusal.Message);
    }

    [Fact]
    public void Several_documents_are_read_and_empty_ones_passed_over()
    {
        Assert.Equal(2, Manifests.Parse($"---\n{Samples.Yaml}---\n---\n{Other}", "x.yaml").Count);
    }

    [Fact]
    public void A_cluster_that_is_there_twice_is_refused_with_both_lines()
    {
        var refusal = Assert.Throws<CommandException>(() => Manifests.Parse($"{Samples.Yaml}---\n{Other}---\n{Samples.Yaml}", "x.yaml"));

        Assert.Equal("x.yaml, line 18: the cluster cortex is there already, on line 4", refusal.Message);
        Assert.NotEmpty(refusal.Next);
    }

    [Fact]
    public void The_same_name_in_another_namespace_is_another_cluster()
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
