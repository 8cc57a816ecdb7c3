namespace Cortex.EndToEnd.OnASharedPair;

/// <summary>The cluster's certificates as openssl finds them, on disk and at the live server.</summary>
[Trait("Tier", "podman")]
[Trait("Story", "EveryTarget")]
[Collection<LooksAtARunningPair>]
public sealed class CertificateTests(RunningPair pair)
{
    [Fact]
    public async Task Openssl_finds_every_certificate_good_for_its_purpose_and_no_other()
    {
        var name = pair.Cluster.Name;
        var purposes = new Dictionary<string, string>
        {
            [$"{name}-pr-server-tls"] = "sslserver", [$"{name}-s1-server-tls"] = "sslserver",
            [$"{name}-replication-tls"] = "sslclient", [$"{name}-operator-tls"] = "sslclient", [$"{name}-app-tls"] = "sslclient",
        };
        foreach (var (secret, purpose) in purposes)
        {
            Assert.True((await VerifyAsync(secret, purpose)).Succeeded, $"{secret} is not good as {purpose}");
        }

        Assert.False((await VerifyAsync($"{name}-app-tls", "sslserver")).Succeeded);
    }

    [Theory, InlineData("pr"), InlineData("s1")]
    public async Task A_live_server_shows_a_chain_that_openssl_believes(string suffix)
    {
        var instance = $"{pair.Cluster.Name}-{suffix}";
        var address = pair.Access.AddressOf(instance);
        foreach (var proof in new[] { new[] { "-verify_ip", "127.0.0.1" }, ["-verify_hostname", "localhost"], ["-verify_hostname", instance] })
        {
            var shown = await ConnectAsync(address, proof);
            Assert.Contains("Verify return code: 0 (ok)", shown.Output, StringComparison.Ordinal);
            Assert.Contains("TLSv1.3", shown.Output, StringComparison.Ordinal);
        }

        var other = await ConnectAsync(address, ["-verify_hostname", "elsewhere.example"]);
        Assert.Contains("hostname mismatch", other.Said, StringComparison.OrdinalIgnoreCase);
    }

    private Task<ToolResult> VerifyAsync(string secret, string purpose) =>
        Tool.RunAsync("openssl", ["verify", "-x509_strict", "-purpose", purpose, "-CAfile", pair.Access.Authority, pair.Access.PairFile(secret)]);

    private Task<ToolResult> ConnectAsync(ServerAddress server, string[] proof) =>
        Tool.RunAsync("openssl", ["s_client", "-starttls", "postgres", "-connect", $"{server.Address}:{server.Port}", "-CAfile", pair.Access.Authority, .. proof]);
}
