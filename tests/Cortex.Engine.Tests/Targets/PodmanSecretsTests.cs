using System.Text;
using System.Text.Json;
using Cortex.Core.Naming;
using Cortex.Engine.Targets;

namespace Cortex.Engine.Tests.Targets;

/// <summary>The ownership of secrets, on a real Podman of any version.</summary>
public sealed class PodmanSecretsTests : PodmanTier
{
    private string Ca => Names.CaSecret(Cluster.Name);

    [Fact]
    public async Task A_secret_of_the_operator_is_recognized_before_the_cluster_has_other_objects()
    {
        await Target.StoreSecretAsync(Cluster, Ca, "old"u8.ToArray(), Ct);
        await Target.StoreSecretAsync(Cluster, Ca, "new"u8.ToArray(), Ct);

        var seen = await Target.ListAsync(Cluster, Ct);

        Assert.Equal([Ca], seen.Secrets.Select(secret => secret.Name));
        Assert.Empty(seen.Foreign);
        Assert.Equal("new"u8.ToArray(), (await Target.ReadSecretsAsync(Cluster, Image, [Ca], Ct))[Ca]);
    }

    /// <summary>Each of the first calls of a process finds out how this Podman keeps marks.</summary>
    [Fact]
    public async Task Secrets_that_are_made_at_once_are_all_marked()
    {
        string[] names = [.. Names.Secrets(Cluster.Name, 2)];
        await Task.WhenAll(names.Select(name => Target.StoreSecretAsync(Cluster, name, "content"u8.ToArray(), Ct)));

        var seen = await Target.ListAsync(Cluster, Ct);

        Assert.Equal(names.Order(StringComparer.Ordinal), seen.Secrets.Select(secret => secret.Name).Order(StringComparer.Ordinal));
        Assert.Empty(seen.Foreign);
    }

    [Fact]
    public async Task A_secret_that_existed_before_the_cluster_belongs_to_another_owner()
    {
        await MakeAsync(Ca, "theirs");

        var seen = await Target.ListAsync(Cluster, Ct);

        Assert.Empty(seen.Secrets);
        Assert.Equal(("secret", Ca), Assert.Single(seen.Foreign) is var foreignObject ? (foreignObject.Kind, foreignObject.Name) : default);
    }

    [Fact]
    public async Task A_secret_of_another_cluster_is_neither_replaced_nor_removed()
    {
        var other = Cluster with { Namespace = "elsewhere" };
        await Target.StoreSecretAsync(Cluster, Ca, "ours"u8.ToArray(), Ct);

        Assert.Equal("secret", Assert.Single((await Target.ListAsync(other, Ct)).Foreign).Kind);
        await Assert.ThrowsAsync<ForeignObjectException>(() => Target.StoreSecretAsync(other, Ca, "theirs"u8.ToArray(), Ct));
        await Assert.ThrowsAsync<ForeignObjectException>(() => Target.DeleteSecretAsync(other, Ca, Ct));
        Assert.Equal("ours"u8.ToArray(), (await Target.ReadSecretsAsync(Cluster, Image, [Ca], Ct))[Ca]);
    }

    /// <summary>Earlier versions stored secrets without marks.</summary>
    [Fact]
    public async Task A_secret_of_an_earlier_version_is_used_and_marked_by_the_next_read()
    {
        await Target.EnsureNetworkAsync(Cluster, Ct);
        await MakeAsync(Ca, "earlier");
        Assert.Equal([Ca], (await Target.ListAsync(Cluster, Ct)).Secrets.Select(secret => secret.Name));

        Assert.Equal("earlier", Encoding.UTF8.GetString((await Target.ReadSecretsAsync(Cluster, Image, [Ca], Ct))[Ca]));
        var marked = Assert.Single((await Target.ListAsync(Cluster, Ct)).Secrets);
        await Target.ReadSecretsAsync(Cluster, Image, [Ca], Ct);
        Assert.Equal(marked, Assert.Single((await Target.ListAsync(Cluster, Ct)).Secrets));

        await Target.DeleteNetworkAsync(Cluster, Ct);
        Assert.Equal([Ca], (await Target.ListAsync(Cluster, Ct)).Secrets.Select(secret => secret.Name));
    }

    /// <summary>The driver still finds its content.</summary>
    [Fact]
    public async Task A_mark_leaves_the_drivers_own_options_as_they_are()
    {
        await MakeAsync($"{Cluster.Name}-plain", "plain");
        await Target.StoreSecretAsync(Cluster, Ca, "ours"u8.ToArray(), Ct);

        Assert.Equal(await PathAsync($"{Cluster.Name}-plain"), await PathAsync(Ca));
        await Api.DeleteAsync($"secrets/{Cluster.Name}-plain", Ct);
    }

    private async Task MakeAsync(string name, string content) =>
        (await Api.PostAsync(
            $"secrets/create?name={name}",
            Encoding.UTF8.GetBytes(content),
            "application/octet-stream",
            TimeSpan.FromSeconds(10),
            Ct)).OrThrow($"make secret {name}");

    private async Task<string?> PathAsync(string secret)
    {
        var reply = (await Api.GetAsync($"secrets/{secret}/json", Ct)).OrThrow($"look at {secret}");
        return JsonSerializer.Deserialize<JsonElement>(
            reply.Body.Span).GetProperty("Spec").GetProperty("Driver").GetProperty("Options").GetProperty("path").GetString();
    }
}
