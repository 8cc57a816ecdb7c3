using Cortex.ApiServer.Tests.Support;
using k8s;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cortex.ApiServer.Tests;

public sealed class SurvivalTests
{
    [Fact]
    public async Task Every_acknowledged_write_survives_kill_9()
    {
        using var directory = new TemporaryDirectory();
        var acknowledged = new List<string>();
        var ct = TestContext.Current.CancellationToken;
        for (var round = 0; round < 3; round++)
        {
            using var child = await ChildServer.StartAsync(directory.Path);
            var enough = new TaskCompletionSource();
            var writing = WriteUntilItFailsAsync(Path.Combine(directory.Path, "kubeconfig"), round, acknowledged, enough);
            await await Task.WhenAny(writing, enough.Task);
            await child.KillAsync();
            await writing;
        }

        var options = new ApiServerOptions { StateDirectory = directory.Path, Definitions = [Widgets.Definition()] };
        await using var server = await ApiServer.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System, ct);
        using var client = new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(server.KubeconfigPath));
        var list = await client.ListNamespaceAsync(cancellationToken: ct);
        Assert.Superset(acknowledged.ToHashSet(), list.Items.Select(ns => ns.Metadata.Name).ToHashSet());
        Assert.True(acknowledged.Count >= 75);
    }

    private static async Task WriteUntilItFailsAsync(string kubeconfig, int round, List<string> acknowledged, TaskCompletionSource enough)
    {
        using var client = new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig));
        try
        {
            for (var i = 0; ; i++)
            {
                var name = $"round-{round}-{i}";
                await client.CreateNamespaceAsync(new() { Metadata = new() { Name = name } });
                acknowledged.Add(name);
                if (i == 25)
                {
                    enough.SetResult();
                }
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            // The server was killed: a write without an answer does not count.
        }
    }
}
