using Cortex.Cli.Api;
using Cortex.Cli.Outcomes;

namespace Cortex.Cli.Tests.Commands;

public sealed class ApplyTests
{
    private static readonly string Other = Samples.Yaml.Replace("name: cortex", "name: other", StringComparison.Ordinal);

    [Fact]
    public async Task A_file_is_created_then_unchanged_then_configured()
    {
        await using var cortex = new CommandRunner();
        await cortex.ServeAsync();
        var file = cortex.File("cortex.yaml", Samples.Yaml);

        Assert.Equal(ExitCodes.Done, await cortex.RunAsync("apply", "-f", file));
        Assert.Equal("cortexcluster.cortex.bicameral.dev/cortex created\n", cortex.Output);
        Assert.Equal(ExitCodes.Done, await cortex.RunAsync("apply", "-f", file));
        Assert.Equal("cortexcluster.cortex.bicameral.dev/cortex unchanged\n", cortex.Output);
        Assert.Equal(
            ExitCodes.Done,
            await cortex.RunAsync("apply", "-f", cortex.File("cortex.yaml", Samples.Yaml.Replace("2", "3", StringComparison.Ordinal))));
        Assert.Contains("configured", cortex.Error + cortex.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_field_is_refused_with_its_line()
    {
        await using var cortex = new CommandRunner();
        await cortex.ServeAsync();
        var file = cortex.File("cortex.yaml", Samples.Yaml.Replace("instances", "instanses", StringComparison.Ordinal));

        Assert.Equal(ExitCodes.Failed, await cortex.RunAsync("apply", "-f", file));
        Assert.Contains("cortex.yaml, line 6: CortexCluster has no field spec.instanses\n", cortex.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_of_the_API_is_printed_with_the_line()
    {
        await using var cortex = new CommandRunner();
        await cortex.ServeAsync();
        var file = cortex.File("cortex.yaml", $"{Samples.Yaml}spek: {{}}\n");

        Assert.Equal(ExitCodes.Failed, await cortex.RunAsync("apply", "-f", file));
        Assert.Equal($"cortex: {file}, line 7: unknown field \"spek\"\n  correct the file\n", cortex.Error);
    }

    [Fact]
    public async Task A_missing_namespace_is_reported_with_the_command_that_creates_it()
    {
        await using var cortex = new CommandRunner();
        await cortex.ServeAsync();

        Assert.Equal(ExitCodes.Failed, await cortex.RunAsync("apply", "-n", "other", "-f", cortex.File("cortex.yaml", Samples.Yaml)));
        Assert.Equal(
            "cortex: there is no namespace other\n  create it with kubectl create namespace other, or name another namespace with -n\n",
            cortex.Error);
    }

    [Fact]
    public async Task A_refused_document_does_not_prevent_the_others_from_being_applied()
    {
        await using var cortex = new CommandRunner();
        await cortex.ServeAsync();
        var file = cortex.File("two.yaml", $"{Samples.Yaml.Replace("2", "50", StringComparison.Ordinal)}---\n{Other}");

        Assert.Equal(ExitCodes.Failed, await cortex.RunAsync("apply", "-f", file));
        Assert.Contains("spec.instances", cortex.Error, StringComparison.Ordinal);
        Assert.Contains("other created", cortex.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_lists_clusters_and_its_exit_code_shows_whether_they_are_Ready()
    {
        await using var cortex = new CommandRunner();
        await cortex.ServeAsync();

        Assert.Equal(ExitCodes.Failed, await cortex.RunAsync("status"));
        Assert.Contains("there is no cluster in namespace default", cortex.Error, StringComparison.Ordinal);
        await cortex.RunAsync("apply", "-f", cortex.File("cortex.yaml", Samples.Yaml));
        Assert.Equal(ExitCodes.NotReady, await cortex.RunAsync("status"));
        Assert.StartsWith("cortex in namespace default: unknown", cortex.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.NotReady, await cortex.RunAsync("status", "-o", "json"));
        Assert.StartsWith("{", cortex.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Failed, await cortex.RunAsync("status", "missing"));
        Assert.Contains("name one of cortex", cortex.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Promote_sets_spec_promote_and_refuses_an_unknown_instance()
    {
        await using var cortex = new CommandRunner();
        await cortex.ServeAsync();
        await cortex.RunAsync("apply", "-f", cortex.File("cortex.yaml", Samples.Yaml));

        Assert.Equal(ExitCodes.Failed, await cortex.RunAsync("promote", "cortex-s7"));
        Assert.Contains("name one of cortex-pr, cortex-s1", cortex.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, await cortex.RunAsync("promote", "cortex-s1", "--no-wait"));
        Assert.Equal(ExitCodes.Done, await cortex.RunAsync("apply", "-f", cortex.File("cortex.yaml", Samples.Yaml)));
        Assert.Contains("unchanged", cortex.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Failed, await cortex.RunAsync("promote", "cortex-s1", "--timeout", "1s"));
        Assert.Contains("is not the primary after 1 s", cortex.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Promote_any_makes_a_new_request_each_time()
    {
        await using var cortex = new CommandRunner();
        await cortex.ServeAsync();
        await cortex.RunAsync("apply", "-f", cortex.File("cortex.yaml", Samples.Yaml));
        using var api = new ClusterApi(cortex.Context.State.Kubeconfig, TimeProvider.System);
        var generations = new List<long?>();
        for (var time = 0; time < 2; time++)
        {
            Assert.Equal(ExitCodes.Done, await cortex.RunAsync("promote", "any", "--no-wait"));
            var cluster = await api.FindAsync(new("default", "cortex"), TestContext.Current.CancellationToken);
            Assert.Equal("any", cluster!.Spec.Promote);
            generations.Add(cluster.Metadata.Generation);
        }

        Assert.True(generations[1] > generations[0]);
    }

    [Fact]
    public async Task Promote_uses_the_named_one_of_several_clusters()
    {
        await using var cortex = new CommandRunner();
        await cortex.ServeAsync();
        await cortex.RunAsync("apply", "-f", cortex.File("two.yaml", $"{Samples.Yaml}---\n{Other}  podman: {{basePort: 6000}}\n"));
        using var api = new ClusterApi(cortex.Context.State.Kubeconfig, TimeProvider.System);

        Assert.Equal(ExitCodes.Failed, await cortex.RunAsync("promote", "any", "--no-wait"));
        Assert.Equal("cortex: namespace default has several clusters\n  name one of cortex, other\n", cortex.Error);
        Assert.Equal(ExitCodes.Done, await cortex.RunAsync("promote", "any", "other", "--no-wait"));
        Assert.Equal("any", (await api.FindAsync(new("default", "other"), TestContext.Current.CancellationToken))!.Spec.Promote);
        Assert.Equal(ExitCodes.Failed, await cortex.RunAsync("promote", "cortex-s1", "other", "--no-wait"));
        Assert.Equal("cortex: the cluster other has no instance cortex-s1\n  name one of other-pr, other-s1\n", cortex.Error);
        Assert.NotEqual("cortex-s1", (await api.FindAsync(new("default", "cortex"), TestContext.Current.CancellationToken))!.Spec.Promote);
    }

    [Fact]
    public async Task Kubeconfig_prints_the_path_by_default_and_the_content_on_request()
    {
        await using var cortex = new CommandRunner();
        await cortex.ServeAsync();

        Assert.Equal(ExitCodes.Done, await cortex.RunAsync("kubeconfig"));
        Assert.Equal($"{cortex.Context.State.Kubeconfig}\n", cortex.Output);
        Assert.Equal(ExitCodes.Done, await cortex.RunAsync("kubeconfig", "--content"));
        Assert.Contains("current-context", cortex.Output, StringComparison.Ordinal);
    }
}
