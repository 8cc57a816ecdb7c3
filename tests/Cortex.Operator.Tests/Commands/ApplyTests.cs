using Cortex.Cli.Api;
using Cortex.Cli.Outcomes;

namespace Cortex.Operator.Tests.Commands;

public sealed class ApplyTests
{
    [Fact]
    public async Task A_file_is_created_then_unchanged_then_configured()
    {
        await using var place = new Workplace();
        await place.ServeAsync();
        var file = place.File("cortex.yaml", Samples.Yaml);

        Assert.Equal(ExitCodes.Done, await place.RunAsync("apply", "-f", file));
        Assert.Equal("cortexcluster.cortex.bicameral.dev/cortex created\n", place.Output);
        Assert.Equal(ExitCodes.Done, await place.RunAsync("apply", "-f", file));
        Assert.Equal("cortexcluster.cortex.bicameral.dev/cortex unchanged\n", place.Output);
        Assert.Equal(ExitCodes.Done, await place.RunAsync("apply", "-f", place.File("cortex.yaml", Samples.Yaml.Replace("2", "3", StringComparison.Ordinal))));
        Assert.Contains("configured", place.Error + place.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_field_is_refused_with_its_line()
    {
        await using var place = new Workplace();
        await place.ServeAsync();
        var file = place.File("cortex.yaml", Samples.Yaml.Replace("instances", "instanses", StringComparison.Ordinal));

        Assert.Equal(ExitCodes.Failed, await place.RunAsync("apply", "-f", file));
        Assert.Contains("cortex.yaml, line 6: spec.instanses is no field of a CortexCluster\n", place.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_only_the_API_refuses_is_said_in_its_words_with_the_line()
    {
        await using var place = new Workplace();
        await place.ServeAsync();
        var file = place.File("cortex.yaml", $"{Samples.Yaml}spek: {{}}\n");

        Assert.Equal(ExitCodes.Failed, await place.RunAsync("apply", "-f", file));
        Assert.Equal($"cortex: {file}, line 7: unknown field \"spek\"\n  correct the file\n", place.Error);
    }

    [Fact]
    public async Task A_namespace_that_is_missing_is_named_with_the_command_that_makes_it()
    {
        await using var place = new Workplace();
        await place.ServeAsync();

        Assert.Equal(ExitCodes.Failed, await place.RunAsync("apply", "-n", "other", "-f", place.File("cortex.yaml", Samples.Yaml)));
        Assert.Equal("cortex: there is no namespace other\n  make it with kubectl create namespace other, or name another with -n\n", place.Error);
    }

    [Fact]
    public async Task A_refused_document_does_not_keep_the_others_out()
    {
        await using var place = new Workplace();
        await place.ServeAsync();
        var file = place.File("two.yaml", $"{Samples.Yaml.Replace("2", "50", StringComparison.Ordinal)}---\n{Samples.Yaml.Replace("name: cortex", "name: other", StringComparison.Ordinal)}");

        Assert.Equal(ExitCodes.Failed, await place.RunAsync("apply", "-f", file));
        Assert.Contains("spec.instances", place.Error, StringComparison.Ordinal);
        Assert.Contains("other created", place.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_lists_clusters_and_tells_scripts_by_its_exit_code()
    {
        await using var place = new Workplace();
        await place.ServeAsync();

        Assert.Equal(ExitCodes.Failed, await place.RunAsync("status"));
        Assert.Contains("there is no cluster in namespace default", place.Error, StringComparison.Ordinal);
        await place.RunAsync("apply", "-f", place.File("cortex.yaml", Samples.Yaml));
        Assert.Equal(ExitCodes.NotReady, await place.RunAsync("status"));
        Assert.StartsWith("cortex in namespace default: unknown", place.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.NotReady, await place.RunAsync("status", "-o", "json"));
        Assert.StartsWith("{", place.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Failed, await place.RunAsync("status", "nobody"));
        Assert.Contains("name one of cortex", place.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Promoting_writes_the_wish_and_refuses_a_name_that_no_cluster_has()
    {
        await using var place = new Workplace();
        await place.ServeAsync();
        await place.RunAsync("apply", "-f", place.File("cortex.yaml", Samples.Yaml));

        Assert.Equal(ExitCodes.Failed, await place.RunAsync("promote", "cortex-s7"));
        Assert.Contains("name one of cortex-pr, cortex-s1", place.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, await place.RunAsync("promote", "cortex-s1", "--no-wait"));
        Assert.Equal(ExitCodes.Done, await place.RunAsync("apply", "-f", place.File("cortex.yaml", Samples.Yaml)));
        Assert.Contains("unchanged", place.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Failed, await place.RunAsync("promote", "cortex-s1", "--timeout", "1s"));
        Assert.Contains("is not the primary after 1 s", place.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Promoting_any_asks_anew_each_time()
    {
        await using var place = new Workplace();
        await place.ServeAsync();
        await place.RunAsync("apply", "-f", place.File("cortex.yaml", Samples.Yaml));
        using var api = new ClusterApi(place.Here.State.Kubeconfig, TimeProvider.System);
        var asked = new List<long?>();
        for (var time = 0; time < 2; time++)
        {
            Assert.Equal(ExitCodes.Done, await place.RunAsync("promote", "any", "--no-wait"));
            var cluster = await api.FindAsync(new("default", "cortex"), TestContext.Current.CancellationToken);
            Assert.Equal("any", cluster!.Spec.Promote);
            asked.Add(cluster.Metadata.Generation);
        }

        Assert.True(asked[1] > asked[0]);
    }

    [Fact]
    public async Task Of_several_clusters_promote_takes_the_one_that_is_named()
    {
        await using var place = new Workplace();
        await place.ServeAsync();
        await place.RunAsync("apply", "-f", place.File("two.yaml", $"{Samples.Yaml}---\n{Samples.Yaml.Replace("name: cortex", "name: other", StringComparison.Ordinal)}  podman: {{basePort: 6000}}\n"));
        using var api = new ClusterApi(place.Here.State.Kubeconfig, TimeProvider.System);

        Assert.Equal(ExitCodes.Failed, await place.RunAsync("promote", "any", "--no-wait"));
        Assert.Equal("cortex: namespace default has several clusters\n  name one of cortex, other\n", place.Error);
        Assert.Equal(ExitCodes.Done, await place.RunAsync("promote", "any", "other", "--no-wait"));
        Assert.Equal("any", (await api.FindAsync(new("default", "other"), TestContext.Current.CancellationToken))!.Spec.Promote);
        Assert.Equal(ExitCodes.Failed, await place.RunAsync("promote", "cortex-s1", "other", "--no-wait"));
        Assert.Equal("cortex: the cluster other has no instance cortex-s1\n  name one of other-pr, other-s1\n", place.Error);
        Assert.NotEqual("cortex-s1", (await api.FindAsync(new("default", "cortex"), TestContext.Current.CancellationToken))!.Spec.Promote);
    }

    [Fact]
    public async Task The_kubeconfig_is_named_by_default_and_printed_on_demand()
    {
        await using var place = new Workplace();
        await place.ServeAsync();

        Assert.Equal(ExitCodes.Done, await place.RunAsync("kubeconfig"));
        Assert.Equal($"{place.Here.State.Kubeconfig}\n", place.Output);
        Assert.Equal(ExitCodes.Done, await place.RunAsync("kubeconfig", "--content"));
        Assert.Contains("current-context", place.Output, StringComparison.Ordinal);
    }
}
