using System.Text;
using Cortex.Core.Api;
using Cortex.Core.Naming;
using Cortex.Core.Planning;
using Cortex.Engine.Targets;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Engine.Tests.Targets;

/// <summary>The ownership of secrets, on a Podman that keeps labels on secrets and on one that does not.</summary>
public sealed class SecretOwnershipTests : IAsyncDisposable
{
    private static readonly ClusterKey Cluster = new("default", "w3x");
    private static readonly byte[] Content = "content"u8.ToArray();

    private readonly FakeLibpod fake = new();
    private readonly LibpodClient client;
    private readonly PodmanSecrets secrets;

    public SecretOwnershipTests()
    {
        client = new LibpodClient("fake", fake.ConnectAsync);
        secrets = new PodmanSecrets(client, new PodmanOneShots(client, TimeProvider.System));
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return fake.DisposeAsync();
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Secrets_of_the_operator_are_recognized_by_their_mark_alone(bool labels)
    {
        fake.KeepsLabels = labels;
        await secrets.StoreAsync(Cluster, "w3x-ca", Content, Ct);
        await secrets.StoreAsync(Cluster, "w3x-app", Content, Ct);
        await secrets.StoreAsync(Cluster, "w3x-app", "again"u8.ToArray(), Ct);

        var seen = await ListAsync();

        Assert.Equal(["w3x-app", "w3x-ca"], seen.Secrets.Select(secret => secret.Name).Order(StringComparer.Ordinal));
        Assert.Empty(seen.Foreign);
        Assert.Equal(
            ("content", "again"),
            (Encoding.UTF8.GetString(fake.Secrets["w3x-ca"].Content), Encoding.UTF8.GetString(fake.Secrets["w3x-app"].Content)));
        Assert.All(fake.Secrets.Values, secret => Assert.Equal("/configured/by/the/user", secret.Options["path"]));
        Assert.Equal(labels ? 1 : 4, fake.Secrets["w3x-ca"].Options.Count);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task The_version_of_a_users_secret_changes_with_it_and_one_of_a_cluster_is_not_a_users(bool labels)
    {
        fake.KeepsLabels = labels;
        await secrets.StoreAsync(Cluster, "w3x-ca", Content, Ct);
        fake.Put("passphrase");
        string[] names = ["passphrase", "absent", "w3x-ca"];

        var first = await secrets.VersionsAsync(names, Ct);
        fake.Put("passphrase");
        var second = await secrets.VersionsAsync(names, Ct);

        Assert.Equal(["passphrase"], first.Keys);
        Assert.NotEqual(first["passphrase"], second["passphrase"]);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Secrets_that_existed_before_the_cluster_belong_to_another_owner(bool labels)
    {
        fake.KeepsLabels = labels;
        fake.Put("w3x-ca");
        fake.Put("w3x-app");

        var seen = await ListAsync();

        Assert.Empty(seen.Secrets);
        Assert.Equal(
            ["w3x-app", "w3x-ca"], seen.Foreign.Where(one => one.Kind == "secret").Select(one => one.Name).Order(StringComparer.Ordinal));
        Assert.All(seen.Foreign, foreignObject => Assert.Equal("an owner other than cortex", foreignObject.Owner));
    }

    /// <summary>An earlier version stored them without a mark.</summary>
    [Fact]
    public async Task Secrets_without_a_mark_are_used_in_a_cluster_that_has_its_network()
    {
        fake.Put("w3x-ca");
        fake.Network = Labels.Of(Cluster);

        var seen = await ListAsync();

        Assert.Equal("w3x-ca", Assert.Single(seen.Secrets).Name);
        Assert.Empty(seen.Foreign);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Secrets_of_another_cluster_are_neither_listed_nor_replaced_nor_removed(bool labels)
    {
        fake.KeepsLabels = labels;
        fake.Network = Labels.Of(Cluster);
        await secrets.StoreAsync(new ClusterKey("elsewhere", "w3x"), "w3x-ca", Content, Ct);

        var seen = await ListAsync();

        Assert.Empty(seen.Secrets);
        Assert.Equal(new ForeignObject("secret", "w3x-ca", "the cluster elsewhere/w3x"), Assert.Single(seen.Foreign));
        await Assert.ThrowsAsync<ForeignObjectException>(() => secrets.StoreAsync(Cluster, "w3x-ca", "stolen"u8.ToArray(), Ct));
        await Assert.ThrowsAsync<ForeignObjectException>(() => secrets.DeleteAsync(Cluster, "w3x-ca", Ct));
        Assert.Equal(Content, fake.Secrets["w3x-ca"].Content);
    }

    private Task<Inventory> ListAsync() => new PodmanInventory(client, secrets, TimeProvider.System).ListAsync(Cluster, Ct);
}
