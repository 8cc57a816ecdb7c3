using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Engine.Tests.Targets;

/// <summary>A container of another owner with a name that the cluster needs is listed as foreign.</summary>
public sealed class ForeignContainerTests : IAsyncDisposable
{
    private static readonly ClusterKey Cluster = new("default", "w3x");

    private readonly FakeLibpod fake = new();
    private readonly LibpodClient client;

    public ForeignContainerTests() => client = new LibpodClient("fake", fake.ConnectAsync);

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return fake.DisposeAsync();
    }

    [Fact]
    public async Task A_container_under_the_name_of_any_one_shot_is_listed_as_foreign()
    {
        string[] ours =
        [
            Names.Container("w3x-pr"), Names.OneShot("w3x-s1"), Names.Reader("w3x"), Names.Examiner("w3x"), Names.Prover("w3x"),
        ];
        fake.Containers = [.. ours, "w3x", "w3x-task", Names.Examiner("w3y"), "theirs"];

        var seen = await new PodmanInventory(
            client, new PodmanSecrets(client, new PodmanOneShots(client, TimeProvider.System)), TimeProvider.System)
            .ListAsync(Cluster, TestContext.Current.CancellationToken);

        Assert.Equal(ours, seen.Foreign.Select(thing => thing.Name));
        Assert.All(seen.Foreign, thing => Assert.Equal("container", thing.Kind));
    }
}
